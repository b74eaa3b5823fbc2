/**
 * The driver for a runtime's event loop.
 *
 *     idle      nobody waits: nothing is pending, and the process may exit
 *     polling   the manager is polled, from microtasks and from setImmediate turns, while events
 *               keep coming and for `busyPoll` µs after the last one. Turns keep the process alive:
 *               there are none for waits that mustn't
 *     sleeping  a doorbell watches the epoll descriptor
 *
 * A task that has just been resumed usually waits again within a few microtasks, which is why
 * polling goes on there first. Their number per turn is bounded, since microtasks starve timers and
 * all other I/O.
 */

import { queueMicrotask, setImmediate } from "../runtime/globals.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import type { Driver, Pollable } from "./driver.ts";

/** Events from microtasks, and polls that find none, before the event loop gets its turn. */
const microtaskEvents = 64;

/** For how long microtasks may go on before it gets that all the same, in ms. */
const microtaskMilliseconds = 2;

/**
 * For how long turns may follow each other before the driver goes by its doorbell, in ms, and for how
 * long it then goes by that alone. While there is a turn to come, Deno looks at its own sockets only
 * every so many turns.
 */
const turnsMilliseconds = 2;

/** Turns at one moment after which the clock stands still, as tests make it, and tells nothing. */
const mostTurnsAtOnce = 1000;

/** How many of them in a row may find nothing. */
const emptyPolls = 2;

/**
 * Microtasks between two polls. A resumed task needs some to get back through the functions that
 * await each other, and only then does what makes the next event, or waits anew.
 */
const settlingMicrotasks = 3;

export class BurstDriver implements Driver {
  readonly #manager: Pollable;
  readonly #doorbell: Doorbell;
  readonly #busyPoll: number;
  #state: "idle" | "polling" | "sleeping" | "closed" = "idle";
  /** When it woke up, and when its last turn began, in ms. */
  #awake = 0;
  #turnBegan = 0;
  /** While sleeping: it does so to let the event loop look at all else, though there are events. */
  #yielding = false;
  /** When it began to sleep for that reason, in ms. */
  #yielded = 0;
  /** Events from microtasks until a turn has to come, in however many bursts. */
  #eventsLeft = microtaskEvents;
  #emptyPollsLeft = 0;
  #microtasksLeft = 0;
  /** Polls from microtasks have found something this time. */
  #found = false;
  #eventSeen = false;
  #lastEvent = 0;
  /** The last turn that found nothing, and how many there have been at that moment. */
  #lastTurn = 0;
  #turnsAtOnce = 0;
  /** The doorbell is armed and has yet to ring, and whether it keeps the process alive meanwhile. */
  #armed = false;
  #holding = true;

  /** `busyPoll` is in ms. The doorbell that `doorbell` makes belongs to the driver. */
  constructor(
    manager: Pollable,
    busyPoll: number,
    doorbell: (fd: number, listener: DoorbellListener) => Doorbell,
  ) {
    this.#manager = manager;
    this.#busyPoll = busyPoll;
    this.#doorbell = doorbell(manager.fd, {
      onRing: () => this.#onRing(),
      onFailure: (error) => this.#onFailure(error),
    });
  }

  get name(): "uring" | "thread" {
    return this.#doorbell.name;
  }

  start(): void {
    if (!this.#holding) this.refresh();
    if (this.#state === "sleeping" ? this.#isYielding() : this.#state !== "idle") return;
    // What this wait is for may be there already. The doorbell stays as it is.
    this.#state = "polling";
    this.#awake = performance.now();
    // Otherwise it goes on with what is left of a turn's share.
    if (this.#eventsLeft === microtaskEvents) this.#turnBegan = this.#awake;
    this.#startMicrotaskPolls();
  }

  refresh(): void {
    if (!this.#armed) return;
    this.#holding = this.#manager.held();
    this.#doorbell.hold(this.#holding);
  }

  stop(): void {
    // While polling, the next turn sees for itself whether anyone waits by then.
    if (this.#state === "sleeping") this.#rest();
  }

  isInternal(fd: number): boolean {
    return this.#doorbell.isInternal(fd);
  }

  close(): Promise<void> {
    this.#state = "closed";
    return this.#doorbell.close();
  }

  #onRing(): void {
    this.#armed = false;
    if (this.#state !== "sleeping") return;
    this.#state = "polling";
    this.#awake = performance.now();
    this.#pollInTurn();
  }

  #onFailure(error: unknown): void {
    this.#armed = false;
    if (this.#state === "sleeping") this.#state = "idle";
    this.#manager.fail(error);
  }

  #startMicrotaskPolls(): void {
    this.#found = false;
    if (this.#eventsLeft <= 0) return this.#pollInNextTurn();
    this.#emptyPollsLeft = emptyPolls;
    this.#microtasksLeft = settlingMicrotasks;
    queueMicrotask(this.#pollInMicrotask);
  }

  readonly #pollInMicrotask = (): void => {
    if (this.#state !== "polling") return;
    if (--this.#microtasksLeft > 0) return queueMicrotask(this.#pollInMicrotask);
    const events = this.#manager.waiting() ? this.#poll() : 0;
    if (events > 0) {
      this.#emptyPollsLeft = emptyPolls;
      this.#eventsLeft -= events;
    } else {
      this.#emptyPollsLeft--;
      this.#eventsLeft--;
    }
    // A poll that fails ends all waits, and what it wakes may close the driver.
    if (this.#state !== "polling") return;
    if (!this.#isTurnOver() && this.#emptyPollsLeft > 0) {
      this.#microtasksLeft = settlingMicrotasks;
      queueMicrotask(this.#pollInMicrotask);
    } else {
      this.#afterMicrotasks();
    }
  };

  /** Whether the event loop has waited long enough. */
  #isTurnOver(): boolean {
    // The work for an event may take long. To read the clock takes its time too, so that is rare.
    if ((this.#eventsLeft & 7) !== 0) return this.#eventsLeft < 0;
    if (performance.now() - this.#turnBegan > microtaskMilliseconds) this.#eventsLeft = 0;
    return this.#eventsLeft <= 0;
  }

  #afterMicrotasks(): void {
    const nothingNew = this.#armed && !this.#found;
    if (!this.#manager.waiting() && this.#eventsLeft > 0) {
      this.#rest();
    } else if (this.#manager.waiting() && (nothingNew || !this.#manager.held())) {
      this.#sleep();
    } else {
      this.#pollInNextTurn();
    }
  }

  #pollInNextTurn(): void {
    setImmediate(this.#pollInTurn);
  }

  readonly #pollInTurn = (): void => {
    this.#eventsLeft = microtaskEvents;
    if (this.#state !== "polling") return;
    this.#turnBegan = performance.now();
    const wasHot = this.#found && this.#turnBegan - this.#awake > turnsMilliseconds;
    this.#found = false;
    // By now all who have been resumed wait again.
    if (wasHot && this.#manager.waiting()) return this.#yield();
    const found = this.#manager.waiting() && this.#poll() > 0;
    if (this.#state !== "polling") return;
    if (found) {
      this.#startMicrotaskPolls();
    } else if (!this.#manager.waiting()) {
      this.#rest();
    } else if (this.#busy() && this.#manager.held()) {
      this.#pollInNextTurn();
    } else {
      this.#sleep();
    }
  };

  /** Lets the event loop look at all else. */
  #yield(): void {
    this.#sleep();
    this.#yielding = true;
    this.#yielded = this.#turnBegan;
  }

  #isYielding(): boolean {
    return this.#yielding && performance.now() - this.#yielded <= turnsMilliseconds;
  }

  #sleep(): void {
    this.#state = "sleeping";
    this.#yielding = false;
    this.#holding = this.#manager.held();
    if (this.#armed) return this.#doorbell.hold(this.#holding);
    this.#armed = true;
    this.#doorbell.arm(this.#holding);
  }

  #rest(): void {
    this.#state = "idle";
    this.#armed = false;
    this.#doorbell.disarm();
    this.#manager.rested?.();
  }

  /** Whether the last event is recent, as seen from a poll that found none. */
  #busy(): boolean {
    if (this.#busyPoll === 0) return false;
    const now = performance.now();
    // The clock is read here rather than at each event: an event counts from the poll after it.
    this.#turnsAtOnce = now === this.#lastTurn ? this.#turnsAtOnce + 1 : 0;
    this.#lastTurn = now;
    if (this.#eventSeen) this.#lastEvent = now;
    this.#eventSeen = false;
    const since = now - this.#lastEvent;
    // Tests set clocks back, too.
    return since >= 0 && since < this.#busyPoll && this.#turnsAtOnce < mostTurnsAtOnce;
  }

  #poll(): number {
    const events = this.#manager.poll();
    if (events > 0) this.#eventSeen = this.#found = true;
    return events;
  }
}
