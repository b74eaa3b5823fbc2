/**
 * Serves a listening socket together with other Workers: sends one byte on each connection, closes
 * it and counts. Posts "ready" when it waits, and ends on "stop".
 *
 * On "block", it blocks its thread until it is terminated.
 */

import { acceptAll, ExclusiveWaiter, type ExclusiveWaiterOptions } from "../../../mod.ts";
import { close, write } from "../../../src/os/mod.ts";
import { scope } from "../../support/worker_scope.ts";

interface Task {
  readonly listener: number;
  readonly options: ExclusiveWaiterOptions;
  /** Two words that all Workers share: wakeups and connections. */
  readonly counts: SharedArrayBuffer;
}

scope.onmessage = async ({ data }) => {
  const { listener, options, counts } = data as Task;
  const totals = new Int32Array(counts);
  const waiter = new ExclusiveWaiter(listener, options);
  scope.onmessage = ({ data }) => {
    if (data === "stop") return void waiter.close();
    scope.postMessage("blocked");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  };
  scope.postMessage("ready");
  for await (const _ of waiter) {
    Atomics.add(totals, 0, 1);
    for (const connection of acceptAll(listener)) {
      Atomics.add(totals, 1, 1);
      write(connection, new Uint8Array([33]));
      close(connection);
    }
  }
  scope.postMessage("closed");
};
