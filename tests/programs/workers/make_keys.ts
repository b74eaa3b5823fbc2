/**
 * Becomes the owner of a descriptor when its gate opens. Posts "ready" before, and "done" after.
 */

import { Wakeup } from "../../../mod.ts";
import { libc } from "../../../src/ffi/libc.ts";
import { scope } from "../../support/worker_scope.ts";

let kept: Wakeup | undefined;

scope.onmessage = ({ data }) => {
  const gate = new Int32Array(data as SharedArrayBuffer);
  libc();
  scope.postMessage("ready");
  const deadline = performance.now() + 30_000;
  while (Atomics.load(gate, 0) === 0 && performance.now() < deadline);
  kept = new Wakeup();
  scope.postMessage(kept.fd === -1 ? "failed" : "done");
};
