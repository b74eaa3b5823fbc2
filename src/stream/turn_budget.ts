/** How much a stream does before the event loop runs. */

import { setImmediate } from "../runtime/globals.ts";

/** Operations in a row that need no wait. */
const maxOperations = 64;

/** How long such operations may take, the program's work between them included, in ms. */
const maxMilliseconds = 2;

/**
 * Operations from one look at the clock to the next, unless they turn out to be slow. A look at each
 * would make a read of one byte a quarter slower, 610 ns instead of 480 in Deno.
 */
const fastOperations = 8;

/** How long so many operations take if they are slow, in ms. */
const slowMilliseconds = 0.25;

/** Counts what one direction of a stream does in a turn of the event loop. */
export class TurnBudget {
  #operationsLeft = maxOperations;
  #untilLook = 1;
  #lastLook = 0;
  /** The time of the first look in this turn. */
  #began: number | undefined;
  /** Whether the time was up once. Since then a callback is due that resets this, in the next turn. */
  #wasTimeUp = false;

  /** Whether the event loop should run before the next operation. */
  isSpent(): boolean {
    return this.#operationsLeft <= 0 || (this.#wasTimeUp && this.#isTimeUp(performance.now()));
  }

  /** An operation begins. */
  spend(): void {
    this.#operationsLeft--;
    if (--this.#untilLook === 0) this.#look(performance.now());
  }

  /** The event loop has run. */
  reset(): void {
    this.#operationsLeft = maxOperations;
    this.#began = undefined;
    this.#wasTimeUp = false;
  }

  #look(now: number): void {
    this.#untilLook = now - this.#lastLook > slowMilliseconds ? 1 : fastOperations;
    this.#lastLook = now;
    if (this.#began === undefined) this.#began = now;
    else if (!this.#wasTimeUp && this.#isTimeUp(now)) {
      // Either the program has worked all the time or the event loop has run. Only the next look
      // distinguishes the two.
      this.#wasTimeUp = true;
      this.#began = now;
      setImmediate(() => this.reset());
    }
  }

  #isTimeUp(now: number): boolean {
    return this.#began !== undefined && now - this.#began > maxMilliseconds;
  }
}
