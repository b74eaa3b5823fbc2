/** How much a stream does before the event loop runs. */

import { now, setImmediate } from "../runtime/globals.ts";

/** Operations in a row that need no wait. */
const maxOperations = 64;

/** How long such operations may take, the program's work between them included, in ms. */
const maxMilliseconds = 2;

/** An operation is slow if it takes longer than this on average, work included, in ms. */
const slowMilliseconds = 0.03;

/**
 * Fast operations from one look at the clock to the next. A look at each would make a read of one
 * byte a quarter slower, 610 ns instead of 480 in Deno.
 */
const fastOperations = 8;

/** Counts what one direction of a stream does in a turn of the event loop. */
export class OperationBudget {
  readonly #readClock: () => number;
  /** Whether the event loop should run before the current operation. */
  #isSpent = false;
  /** Operations from one look at the clock to the next, and those left until then. */
  #stride = 1;
  #untilLook = 1;
  /**
   * The time of the first look in this turn, and operations since. Infinity before the first look.
   */
  #began = Infinity;
  #operations = 0;
  /** There is one while a callback for the next turn is due: the event loop has not run since. */
  #marker: object | undefined;
  /** Whether the time of the last turn was up, too. */
  #isHog = false;

  /** Reads the time in ms with `readClock`. */
  constructor(readClock: () => number = now) {
    this.#readClock = readClock;
  }

  /** Counts an operation that begins. Returns whether the event loop should run before it. */
  spend(): boolean {
    if (!this.#isSpent && --this.#untilLook === 0) this.#look(this.#readClock());
    return this.#isSpent;
  }

  /** The event loop has run, and the current operation continues. */
  restart(): void {
    this.#isSpent = false;
    this.#begin(this.#readClock());
    if (this.#isHog) this.#mark();
  }

  /** The event loop has run. */
  reset(): void {
    if (this.#began === Infinity) return;
    this.#began = Infinity;
    this.#isSpent = this.#isHog = false;
    this.#marker = undefined;
  }

  #begin(time: number): void {
    this.#began = time;
    this.#operations = 0;
  }

  #look(time: number): void {
    if (this.#began === Infinity) this.#begin(time);
    else this.#check(time - this.#began, time);
    this.#untilLook = this.#stride;
  }

  /** So many ms have passed since the first look. */
  #check(elapsed: number, time: number): void {
    this.#operations += this.#stride;
    const isSlow = elapsed > this.#operations * slowMilliseconds;
    const isTimeUp = elapsed > maxMilliseconds;
    this.#stride = isSlow ? 1 : fastOperations;
    if (this.#operations >= maxOperations) {
      this.#isSpent = true;
    } else if (this.#marker === undefined) {
      if (!isTimeUp) return;
      // Either the program has worked all the time or the event loop has run. With the marker, the
      // next look distinguishes the two.
      this.#begin(time);
      this.#mark();
    } else if (this.#isHog ? isTimeUp : isSlow) {
      this.#isSpent = this.#isHog = true;
      this.#marker = undefined;
    }
  }

  /** Marks the budget until the event loop runs. */
  #mark(): void {
    const marker = this.#marker = {};
    setImmediate(() => {
      if (this.#marker === marker) this.reset();
    });
  }
}
