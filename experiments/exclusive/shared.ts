/** The common part of the experiment and its Workers. */

import type { ExclusiveWaiterOptions } from "../../mod.ts";

/** How the listening socket is registered. `library` is an `ExclusiveWaiter`. */
export type Registration = "plain" | "exclusive" | "library";

/** The first message to a Worker. */
export interface Task {
  readonly listener: number;
  readonly registration: Registration;
  readonly options: ExclusiveWaiterOptions;
  /** Whether to accept only one connection at a wakeup, rather than all. */
  readonly acceptOne: boolean;
  /** How long a connection takes to serve, in ms. */
  readonly work: number;
  /** An eventfd that calls the Worker to the barrier. */
  readonly call: number;
  readonly index: number;
  readonly words: SharedArrayBuffer;
}

/** The words that all Workers share. */
export const barrier = 0;
export const atBarrier = 1;
export const stop = 2;
const first = 3;
const perWorker = 3;

/** The words of Worker `index`. */
export function wordsFor(index: number): { wakeups: number; empty: number; connections: number } {
  const start = first + perWorker * index;
  return { wakeups: start, empty: start + 1, connections: start + 2 };
}

/** Memory for `workers` Workers. */
export function sharedWords(workers: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * (first + perWorker * workers)));
}
