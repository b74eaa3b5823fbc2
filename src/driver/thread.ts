/** The doorbell that is always available: a thread that blocks in the kernel. */

import { currentRuntime } from "../runtime/runtime.ts";
import type { Epoll } from "../sys/epoll.ts";
import { isWorkerThread } from "../sys/thread.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener } from "./doorbell.ts";
import { EpollCall, PollCall } from "./poll_call.ts";
import { runtimeParts } from "./runtime_parts.ts";

/** Makes doorbells whose thread watches the epoll descriptor from outside. */
export const threadFactory: DoorbellFactory = {
  name: "thread",
  createDoorbell(fd, listener) {
    const { createBlockingDoorbell, watchMilliseconds } = runtimeParts[currentRuntime()];
    const milliseconds = watchMilliseconds[isWorkerThread() ? "worker" : "main"];
    return createBlockingDoorbell(new PollCall(fd, milliseconds), listener);
  },
};

/**
 * Makes a doorbell whose thread blocks in `epoll` itself, as `EPOLLEXCLUSIVE` requires, for up to
 * `milliseconds` in one call. It rings when they are over.
 */
export function createExclusiveDoorbell(
  epoll: Epoll,
  milliseconds: number,
  listener: DoorbellListener,
): Doorbell {
  const { createBlockingDoorbell } = runtimeParts[currentRuntime()];
  return createBlockingDoorbell(new EpollCall(epoll, milliseconds), listener);
}
