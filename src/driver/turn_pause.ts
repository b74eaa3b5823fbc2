/**
 * Pauses between turns.
 *
 * An event loop that always has another turn to come neglects everything else: Deno rarely looks at
 * its own sockets, and Bun doesn't end a program after an uncaught error. So a driver that has had
 * events for a while lets the event loop do all that first.
 */

import { currentRuntime } from "../runtime/runtime.ts";
import { isUncaughtPending } from "../runtime/uncaught.ts";
import { runtimeParts } from "./runtime_parts.ts";

/**
 * How long turns may follow each other without a pause, in ms. A pause takes a hundredth of that.
 */
const maxMilliseconds = 20;

/** Knows when a pause is due. */
export class TurnPause {
  readonly #kind = runtimeParts[currentRuntime()].pause;
  /** When the first turn after the last pause began, in ms. */
  #since: number | undefined;
  #turns = 0;

  /** The turns so far don't count, because the event loop has had nothing to do since. */
  reset(): void {
    this.#since = undefined;
  }

  /** Whether the turn at `time` should wait for a pause. */
  isDueAt(time: number): boolean {
    if (this.#kind === undefined) return false;
    if (isUncaughtPending()) return true;
    return this.#since !== undefined && time - this.#since >= maxMilliseconds;
  }

  /** A turn begins at `time`. */
  countTurn(time: number): void {
    if (this.#kind === undefined) return;
    if (this.#since === undefined || ++this.#turns >= this.#kind.sufficientTurns) {
      this.#since = time;
      this.#turns = 0;
    }
  }

  /** Pauses, and then calls `resume`. */
  start(resume: () => void): void {
    this.reset();
    this.#kind?.start(resume);
  }
}
