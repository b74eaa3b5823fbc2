/**
 * The driver for a runtime's event loop. It is in one of these states:
 *
 *     idle      Nothing waits. The process can exit.
 *     polling   The driver polls the client: first from microtasks, then once in each turn of the
 *               event loop for as long as that pays off. A turn keeps the process alive, so only
 *               waits that do so too get turns.
 *     sleeping  A doorbell watches the epoll descriptor.
 *     closed    Nothing happens any more.
 *
 * Arming a doorbell makes the kernel poll the client's files. A file that reports an event only
 * once then has none left for the client. So with such files, the driver arms only right after a
 * poll that finds nothing.
 *
 * Polling begins in microtasks because a resumed task usually waits again within a few of them.
 * Microtasks delay timers and all other I/O, so the events of one turn are limited.
 */

import { now, queueMicrotask, setImmediate, setTimeout, type Timer } from "../runtime/globals.ts";
import { isUncaughtPending } from "../runtime/uncaught.ts";
import { CurrentDoorbell } from "./current_doorbell.ts";
import type { DoorbellFactory } from "./doorbell.ts";
import type { Driver, DriverClient } from "./driver.ts";
import { OnceReporting } from "./once_reporting.ts";
import { PollWindow } from "./poll_window.ts";
import { TurnBudget } from "./turn_budget.ts";
import { TurnPause } from "./turn_pause.ts";

/**
 * Microtasks between two polls. A resumed task needs some to get back through the functions that
 * await each other, and only then causes the next event, or waits again.
 */
const settlingMicrotasks = 3;

/** How many polls in a row may find nothing before the next turn of the event loop. */
const emptyPolls = 2;

/**
 * How often the driver lets microtasks settle without polling, until the resumed tasks wait again.
 */
const quietRounds = 5;

/**
 * The state of a driver that polls. It begins with a wait or a ring, and ends when the driver
 * sleeps or becomes idle. A round is a few microtasks, and then a poll unless resumed tasks run.
 */
interface Polling {
  readonly kind: "polling";
  /** Microtasks left in this round. */
  microtasksLeft: number;
  /** Rounds left in this turn if no poll finds an event. */
  roundsLeft: number;
  /** Whether a round ends with a poll. Otherwise it only waits for resumed tasks. */
  polls: boolean;
  /** The number of events that the last poll found. */
  eventCount: number;
  /** How many waits were pending before that poll. */
  waiterCount: number;
  /** Whether a poll in this turn has found an event. */
  hasFoundEvent: boolean;
  /** The time of the first poll without events after the last event. */
  quietSince: number | undefined;
}

type State = Polling | { readonly kind: "idle" | "sleeping" | "closed" };

const idle: State = { kind: "idle" };
const sleeping: State = { kind: "sleeping" };
const closed: State = { kind: "closed" };

/** How an {@linkcode EventLoopDriver} polls and sleeps. */
export interface EventLoopOptions {
  /** How long to poll after an event, in ms, at most. */
  readonly pollMilliseconds: number;
  /** The doorbells to choose from, the preferred one first. */
  readonly doorbells: readonly DoorbellFactory[];
  /** Returns the time in ms. */
  readonly readClock?: () => number;
}

export class EventLoopDriver implements Driver {
  readonly #client: DriverClient;
  readonly #doorbell: CurrentDoorbell;
  readonly #readClock: () => number;
  readonly #budget: TurnBudget;
  readonly #pause = new TurnPause();
  readonly #window: PollWindow;
  readonly #onceReporting = new OnceReporting();
  #state: State = idle;
  /** The next turn of waits that don't keep the process alive, if they get one. */
  #quietTurn: Timer | undefined;

  /**
   * Sleeps with the first doorbell that works.
   *
   * @throws {SystemError} If none does.
   */
  constructor(client: DriverClient, options: EventLoopOptions) {
    const { pollMilliseconds, doorbells, readClock = now } = options;
    this.#client = client;
    this.#readClock = readClock;
    this.#budget = new TurnBudget(readClock);
    this.#window = new PollWindow(pollMilliseconds);
    const listener = {
      onReady: () => this.#onReady(),
      onFailure: (error: unknown) => this.#onFailure(error),
    };
    this.#doorbell = new CurrentDoorbell(client.fd, listener, doorbells);
  }

  get name(): CurrentDoorbell["name"] {
    return this.#doorbell.name;
  }

  start(): void {
    if (this.#doorbell.isUnref || this.#quietTurn !== undefined) this.updateRef();
    const { kind } = this.#state;
    if (kind === "polling" || kind === "closed") return;
    // The event may be there already. The doorbell stays as it is.
    const state = this.#state = createPolling();
    this.#pause.reset();
    if (this.#budget.isUnused) this.#budget.begin(this.#readClock());
    if (this.#budget.isOver) return this.#pollInNextTurn();
    this.#startRounds(state, this.#window.isOpen ? emptyPolls : 1, true);
  }

  updateRef(): void {
    const hasRefs = this.#client.hasRefs();
    this.#doorbell.setRef(hasRefs);
    if (hasRefs) this.#quietTurn?.ref();
    else this.#quietTurn?.unref();
  }

  stop(): void {
    // While polling, the next turn checks whether anything waits by then.
    if (this.#state === sleeping) this.#becomeIdle();
  }

  onRegistered(fd: number): void {
    this.#onceReporting.add(fd);
    this.#doorbell.onRegistered(fd);
  }

  onRefused(): boolean {
    return this.#doorbell.onRefused();
  }

  isInternal(fd: number): boolean {
    return this.#doorbell.isInternal(fd);
  }

  close(): Promise<void> {
    this.#state = closed;
    return this.#doorbell.close();
  }

  #onReady(): void {
    if (this.#state !== sleeping) return;
    const time = this.#readClock();
    this.#budget.begin(time);
    this.#pause.reset();
    const state = this.#state = createPolling();
    const eventCount = this.#poll(state);
    if (this.#state !== state) return;
    if (eventCount > 0) {
      this.#window.wake(time);
      this.#startRoundsAfterEvents(state);
    } else if (this.#hasWaiters()) {
      this.#state = sleeping;
      this.#doorbell.arm(this.#client.hasRefs());
    } else {
      this.#becomeIdle();
    }
  }

  #onFailure(error: unknown): void {
    this.#client.fail(error);
    // Normally the client has stopped the driver by now.
    if (this.#state !== sleeping) return;
    this.#becomeIdle();
    if (this.#hasWaiters()) this.start();
  }

  #startRoundsAfterEvents(state: Polling): void {
    const polls = this.#window.isOpen;
    this.#startRounds(state, polls ? emptyPolls : quietRounds, polls);
  }

  #startRounds(state: Polling, rounds: number, polls: boolean): void {
    state.roundsLeft = rounds;
    state.polls = polls;
    state.microtasksLeft = settlingMicrotasks;
    queueMicrotask(this.#settle);
  }

  readonly #settle = (): void => {
    const state = this.#state;
    if (state.kind !== "polling") return;
    if (--state.microtasksLeft > 0) return queueMicrotask(this.#settle);
    if (state.polls) this.#pollInRound(state);
    else this.#waitInRound(state);
  };

  #pollInRound(state: Polling): void {
    // By now the program has dealt with the events of the last poll.
    this.#budget.spend(state.eventCount);
    if (this.#isTurnOver()) return this.#endRounds(state);
    const eventCount = this.#poll(state);
    // A failed poll ends all waits, and a resumed task may close the driver.
    if (this.#state !== state) return;
    if (eventCount > 0) {
      this.#window.grow();
      this.#startRoundsAfterEvents(state);
    } else if (--state.roundsLeft > 0) {
      this.#startRounds(state, state.roundsLeft, true);
    } else {
      this.#endRounds(state);
    }
  }

  #waitInRound(state: Polling): void {
    state.roundsLeft--;
    // Otherwise a task that waits again later would cost another poll.
    const allWait = this.#client.countWaiters() >= state.waiterCount;
    if (allWait || state.roundsLeft === 0) this.#endRounds(state);
    else this.#startRounds(state, state.roundsLeft, false);
  }

  #isTurnOver(): boolean {
    return this.#budget.isOver || isUncaughtPending();
  }

  #endRounds(state: Polling): void {
    if (!this.#hasWaiters()) return this.#endWithoutWaiters();
    const nothingNew = this.#doorbell.isArmed && !state.hasFoundEvent;
    const isOver = this.#isTurnOver();
    if (!nothingNew && this.#client.hasRefs() && (isOver || this.#window.isOpen)) {
      this.#pollInNextTurn();
    } else if (this.#mustPollBeforeSleep()) {
      this.#sleepAfterPoll(state);
    } else {
      this.#sleep(state);
    }
  }

  #endWithoutWaiters(): void {
    // Otherwise a wait that begins in a later microtask would have another turn's budget.
    if (this.#isTurnOver()) this.#pollInNextTurn();
    else this.#becomeIdle();
  }

  #mustPollBeforeSleep(): boolean {
    if (this.#client.hasKeptEvents?.()) return true;
    return !this.#doorbell.isArmed && this.#onceReporting.find();
  }

  #sleepAfterPoll(state: Polling): void {
    this.#budget.spend(state.eventCount);
    const eventCount = this.#poll(state);
    if (this.#state !== state) return;
    if (eventCount > 0 && !this.#isTurnOver()) this.#startRoundsAfterEvents(state);
    else if (!this.#hasWaiters()) this.#endWithoutWaiters();
    else if (eventCount === 0) this.#sleep(state);
    else if (this.#client.hasRefs()) this.#pollInNextTurn();
    else this.#pollInQuietTurn();
  }

  #pollInNextTurn(): void {
    setImmediate(() => this.#pollInTurn());
  }

  /** Polls in a later turn, for which the process stays alive only if a wait with a ref begins. */
  #pollInQuietTurn(): void {
    this.#quietTurn = setTimeout(() => {
      this.#quietTurn = undefined;
      this.#pollInTurn();
    }, 0);
    this.#quietTurn.unref();
    // It may have rung, and then still keeps the process alive.
    this.#doorbell.disarm();
  }

  #pollInTurn(): void {
    const state = this.#state;
    if (state.kind !== "polling") return;
    const time = this.#readClock();
    if (this.#pause.isDueAt(time)) return this.#pause.start(() => this.#pollInTurn());
    this.#pause.countTurn(time);
    this.#budget.begin(time);
    state.hasFoundEvent = false;
    // By now all resumed tasks wait again.
    const eventCount = this.#poll(state);
    if (this.#state !== state) return;
    if (eventCount > 0) {
      this.#window.grow();
      this.#startRoundsAfterEvents(state);
    } else if (!this.#hasWaiters()) {
      this.#becomeIdle();
    } else {
      this.#endEmptyTurn(state, time);
    }
  }

  #endEmptyTurn(state: Polling, time: number): void {
    state.quietSince ??= time;
    const isWorthPolling = time - state.quietSince < this.#window.length;
    if (isWorthPolling && this.#client.hasRefs()) this.#pollInNextTurn();
    else this.#sleep(state);
  }

  #poll(state: Polling): number {
    state.waiterCount = this.#client.countWaiters();
    const eventCount = state.eventCount = state.waiterCount > 0 ? this.#client.poll() : 0;
    if (eventCount > 0) {
      state.hasFoundEvent = true;
      state.quietSince = undefined;
    }
    return eventCount;
  }

  #hasWaiters(): boolean {
    return this.#client.countWaiters() > 0;
  }

  #sleep(state: Polling): void {
    this.#state = sleeping;
    if (!this.#doorbell.isArmed) {
      const time = this.#readClock();
      this.#window.sleep(state.quietSince ?? time, time);
    }
    this.#doorbell.arm(this.#client.hasRefs());
  }

  #becomeIdle(): void {
    this.#state = idle;
    this.#doorbell.disarm();
    this.#client.onIdle?.();
  }
}

function createPolling(): Polling {
  return {
    kind: "polling",
    microtasksLeft: 0,
    roundsLeft: 0,
    polls: true,
    eventCount: 0,
    waiterCount: 0,
    hasFoundEvent: false,
    quietSince: undefined,
  };
}
