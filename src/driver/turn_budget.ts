/** The limit of a driver's work before the event loop does everything else. */

/** Events from microtasks in a turn, and polls that find none. */
const maxEvents = 64;

/** How long a turn may take, in ms, unless a single event takes longer. */
const maxMilliseconds = 0.5;

/** Events after which the clock is read. That takes a tenth of the time of an event. */
const eventsBetweenChecks = 8;

/** Limits the events of a turn, and the time that the program spends on them. */
export class TurnBudget {
  readonly #readClock: () => number;
  #eventsLeft = maxEvents;
  #began = 0;
  #untilCheck = 1;
  #lastCheck = 0;

  /** Reads the time in ms with `readClock`. */
  constructor(readClock: () => number) {
    this.#readClock = readClock;
  }

  /** Whether the turn should end. */
  get isOver(): boolean {
    return this.#eventsLeft <= 0;
  }

  /** Whether nothing has been spent. */
  get isUnused(): boolean {
    return this.#eventsLeft === maxEvents;
  }

  /** A turn of the event loop begins at `time`. */
  begin(time: number): void {
    this.#eventsLeft = maxEvents;
    this.#began = this.#lastCheck = time;
  }

  /** Accounts for a poll that found `events`, and for the program's work since. */
  spend(events: number): void {
    const count = Math.max(events, 1);
    this.#eventsLeft -= count;
    this.#untilCheck -= count;
    if (this.#untilCheck <= 0) this.#checkTime();
  }

  #checkTime(): void {
    const time = this.#readClock();
    // After slow events, each one is checked.
    const isSlow = time - this.#lastCheck > maxMilliseconds / eventsBetweenChecks;
    this.#untilCheck = isSlow ? 1 : eventsBetweenChecks;
    this.#lastCheck = time;
    if (time - this.#began >= maxMilliseconds) this.#eventsLeft = 0;
  }
}
