/** The parts of a driver for each runtime. A new runtime is a row here, and files named after it. */

import type { RuntimeName } from "../runtime/runtime.ts";
import type { CreateDoorbell, Doorbell, DoorbellListener, DoorbellName } from "./doorbell.ts";
import { pauseInBun } from "./pause_bun.ts";
import { pauseInDeno } from "./pause_deno.ts";
import type { BlockingCall } from "./poll_call.ts";
import type { Receive } from "./receiving_end.ts";
import { BunThreadDoorbell } from "./thread_bun.ts";
import { DenoThreadDoorbell } from "./thread_deno.ts";
import type { PauseKind } from "./pause_kind.ts";
import { receiveInBun } from "./uring_bun.ts";
import { receiveInDeno } from "./uring_deno.ts";

/** The parts of a driver that depend on the runtime. */
interface RuntimeParts {
  /** The doorbells of the driver `"auto"`, the preferred one first. */
  readonly preferred: {
    /** On the main thread. */
    readonly main: readonly DoorbellName[];
    /** In a Worker. */
    readonly worker: readonly DoorbellName[];
  };
  /** The doorbell `"uv"`, on a runtime that is built on libuv. */
  readonly createUvDoorbell?: CreateDoorbell;
  /** Gives a descriptor to the event loop, for the doorbell `"uring"`. */
  readonly receive: Receive;
  /** The doorbell `"thread"`. `call` belongs to the doorbell. */
  readonly ThreadDoorbell: new (call: BlockingCall, listener: DoorbellListener) => Doorbell;
  /** The pause between turns, where the event loop needs one. */
  readonly pause?: PauseKind;
}

export const runtimeParts: Readonly<Record<RuntimeName, RuntimeParts>> = {
  bun: {
    preferred: { main: ["uring", "thread"], worker: ["uring", "thread"] },
    receive: receiveInBun,
    ThreadDoorbell: BunThreadDoorbell,
    pause: pauseInBun,
  },
  deno: {
    preferred: { main: ["uring", "thread"], worker: ["uring", "thread"] },
    receive: receiveInDeno,
    ThreadDoorbell: DenoThreadDoorbell,
    pause: pauseInDeno,
  },
};
