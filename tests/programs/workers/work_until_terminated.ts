/**
 * Repeats the activity in the message. Posts a handle of its manager, or "working", once it
 * has begun. It opens no descriptors except those that end with the Worker.
 */

import {
  EpollIOManager,
  type EpollIOManagerOptions,
  ExclusiveWaiter,
  openWakeup,
  type WakeupHandle,
} from "../../../mod.ts";
import { read } from "../../../src/os/mod.ts";
import { scope } from "../../support/worker_scope.ts";

/** What a Worker does when it is terminated. With "open" it opens and closes managers. */
export const activities = ["sleep", "poll", "arm", "ring", "call", "open", "exclusive"] as const;

export type Activity = (typeof activities)[number];

export interface Work {
  readonly activity: Activity;
  readonly options?: EpollIOManagerOptions;
  /** A socket that is never readable, and always writable. */
  readonly socket: number;
  /** A timer that expires every millisecond. */
  readonly timer: number;
  readonly handle: WakeupHandle;
}

const buffer = new Uint8Array(8);

const actions: Record<
  Exclude<Activity, "exclusive">,
  (manager: EpollIOManager, work: Work) => unknown
> = {
  sleep: (manager, { socket }) => manager.waitReadable(socket),
  async poll(manager, { socket }) {
    for (;;) await manager.waitWritable(socket);
  },
  async arm(manager, { socket }) {
    for (;;) await manager.waitReady(socket, { readable: true, timeout: 1 });
  },
  async ring(manager, { timer }) {
    for (;;) {
      await manager.waitReadable(timer);
      read(timer, buffer);
    }
  },
  call: (manager, { timer }) => manager.watch(timer, { readable: true }, () => read(timer, buffer)),
  async open(_manager, { timer, options }) {
    for (;;) {
      await using manager = new EpollIOManager({ ...options, busyPoll: 0 });
      await manager.waitReadable(timer);
      read(timer, buffer);
    }
  },
};

scope.onmessage = ({ data }) => {
  const work = data as Work;
  openWakeup(work.handle);
  if (work.activity === "exclusive") {
    void new ExclusiveWaiter(work.socket).wait();
    return scope.postMessage("working");
  }
  const manager = new EpollIOManager(work.options);
  void actions[work.activity](manager, work);
  scope.postMessage(manager.wakeupHandle());
};
