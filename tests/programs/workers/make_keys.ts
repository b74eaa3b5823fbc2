/**
 * Becomes the owner of a descriptor at the same moment as other Workers. Posts "ready" before, and
 * "done" after.
 */

import { Wakeup } from "../../../mod.ts";
import { libc } from "../../../src/ffi/libc.ts";
import { spinUntil } from "../../support/event_loop.ts";
import { scope } from "../../support/worker_scope.ts";

export interface Gate {
  /** Whether it is open, and how many Workers are awake. */
  readonly state: Int32Array;
  /** The number of Workers. */
  readonly count: number;
}

let kept: Wakeup | undefined;

scope.onmessage = ({ data }) => {
  const { state, count } = data as Gate;
  libc();
  scope.postMessage("ready");
  Atomics.wait(state, 0, 0);
  Atomics.add(state, 1, 1);
  spinUntil(() => Atomics.load(state, 1) >= count, () => new Error("Another Worker is asleep"));
  kept = new Wakeup();
  scope.postMessage(kept.fd === -1 ? "failed" : "done");
};
