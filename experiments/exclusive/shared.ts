/** What the experiment and its Workers share. */

import type { ExclusiveWaiterOptions } from "../../mod.ts";

/** How the listening socket is registered. `library` is an `ExclusiveWaiter`. */
export type Registration = "plain" | "exclusive" | "library";

/** What a Worker is started with. */
export interface Task {
  readonly listener: number;
  readonly registration: Registration;
  readonly options: ExclusiveWaiterOptions;
  /** How many connections to accept at a wakeup: all there are, unless told. */
  readonly acceptOne: boolean;
  /** How long a connection takes to serve, in ms. */
  readonly work: number;
  /** An eventfd that calls the Worker to the gate. */
  readonly call: number;
  readonly index: number;
  readonly words: SharedArrayBuffer;
}

/** Words that all share. */
export const gate = 0;
export const atGate = 1;
export const stop = 2;
const first = 3;
const perWorker = 3;

/** The words of Worker `index`. */
export function wordsOf(index: number): { wakeups: number; empty: number; connections: number } {
  const start = first + perWorker * index;
  return { wakeups: start, empty: start + 1, connections: start + 2 };
}

/** Memory for `workers` Workers. */
export function sharedWords(workers: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * (first + perWorker * workers)));
}
