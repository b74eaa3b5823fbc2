/**
 * The parts of a driver for each runtime. A new runtime is a row here, and files named after it.
 */

import type { RuntimeName } from "../runtime/runtime.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener, DoorbellName } from "./doorbell.ts";
import { pauseInBun } from "./pause_bun.ts";
import { pauseInDeno } from "./pause_deno.ts";
import type { PauseKind } from "./pause_kind.ts";
import type { BlockingCall } from "./poll_call.ts";
import { createReceivingPair, type ReceivingPair } from "./receiving_end.ts";
import { bunWorkers } from "./thread_bun.ts";
import { DenoThreadDoorbell } from "./thread_deno.ts";
import { nodeWorkers } from "./thread_node.ts";
import { WorkerThreadDoorbell } from "./thread_worker.ts";
import { receiveInBun } from "./uring_bun.ts";
import { receiveInDeno } from "./uring_deno.ts";
import { createReceivingPairInNode } from "./uring_node.ts";
import { uvFactory } from "./uv_node.ts";

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
  readonly uvFactory?: DoorbellFactory;
  /** Makes the sockets of the doorbell `"uring"`. The event loop watches one of them. */
  readonly createReceivingPair: () => ReceivingPair;
  /** The doorbell `"thread"`, which takes over `call`. */
  readonly createBlockingDoorbell: (call: BlockingCall, listener: DoorbellListener) => Doorbell;
  /** How long the thread of the doorbell `"thread"` watches in one call, in ms. */
  readonly watchMilliseconds: {
    /** On the main thread. */
    readonly main: number;
    /** In a Worker. */
    readonly worker: number;
  };
  /** The pause between turns, where the event loop needs one. */
  readonly pause?: PauseKind;
}

export const runtimeParts: Readonly<Record<RuntimeName, RuntimeParts>> = {
  bun: {
    preferred: { main: ["uring", "thread"], worker: ["uring", "thread"] },
    createReceivingPair: () => createReceivingPair(receiveInBun),
    createBlockingDoorbell: (call, listener) =>
      new WorkerThreadDoorbell(bunWorkers, call, listener),
    watchMilliseconds: { main: 30_000, worker: 5000 },
    pause: pauseInBun,
  },
  deno: {
    preferred: { main: ["uring", "thread"], worker: ["uring", "thread"] },
    createReceivingPair: () => createReceivingPair(receiveInDeno),
    createBlockingDoorbell: (call, listener) => new DenoThreadDoorbell(call, listener),
    watchMilliseconds: { main: 30_000, worker: 5000 },
    pause: pauseInDeno,
  },
  node: {
    preferred: { main: ["uv", "uring", "thread"], worker: ["uring", "thread"] },
    uvFactory,
    createReceivingPair: createReceivingPairInNode,
    createBlockingDoorbell: (call, listener) =>
      new WorkerThreadDoorbell(nodeWorkers, call, listener),
    // At its end, a process or Worker waits for its Workers, and nothing interrupts their system
    // calls. Node doesn't emit "exit" if a Worker is terminated, or if a handler of uncaught errors
    // throws.
    watchMilliseconds: { main: 1000, worker: 1000 },
  },
};
