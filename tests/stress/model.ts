/**
 * What a manager ought to do, told from the operations and from what poll(2) says.
 *
 * The kernel's registrations are followed one by one: which file a number stood for when it was
 * armed last, and what that file has been seen ready for since. From this comes who *may* resolve,
 * which is whoever was armed for something that has been ready, and who *must*, which is whoever is
 * armed for something that is ready. Between the two lie races that both have their right.
 *
 * A wait is for the file that its number stood for when it began, and never for another one: if that
 * turns out to be gone, the wait is rejected.
 */

import type { EpollIOManager } from "../../mod.ts";
import { poll } from "../support/libc.ts";
import type { OpenFile, World } from "./world.ts";

export type Direction = "readable" | "writable" | "priority";

export const directions: readonly Direction[] = ["readable", "writable", "priority"];

const POLLERR_POLLHUP = 0x018;

/** What poll(2) answers when a wait in that direction ought to resolve. */
const answers: Readonly<Record<Direction, number>> = {
  readable: 0x001 | POLLERR_POLLHUP,
  priority: 0x002 | POLLERR_POLLHUP,
  writable: 0x004 | POLLERR_POLLHUP,
};

/** One wait, from its call on. */
export interface Wait {
  /** Undefined if it is for a forced wakeup. */
  readonly number: number | undefined;
  readonly direction: Direction | undefined;
  readonly controller: AbortController;
  /** How it must end now, by the name or the code of the error; undefined while it may go on. */
  ending: string | undefined;
  settled: boolean;
  readonly promise: Promise<void>;
}

/** What is known about one number that is waited for. */
interface Registration {
  readonly waits: Map<Direction, Wait>;
  /** What the number stood for when they began. */
  readonly file: OpenFile;
  /** What that has been ready for since it was armed last. */
  seen: number;
  /** Some of its waits have resolved, so that it has been armed anew for the others. */
  fired: boolean;
}

/** What went wrong; the run ends with it. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export class Model {
  readonly #manager: EpollIOManager;
  readonly #world: World;
  readonly #registrations = new Map<number, Registration>();
  readonly #wakeupWaits = new Set<Wait>();
  readonly #pending = new Set<Wait>();
  /** Waits that must have ended by the end of the step. */
  readonly #ending: Wait[] = [];
  /** Forced wakeups that a wait may have yet to see. Some may have merged. */
  #wakeups = 0;
  /** There is one that hasn't merged with any that was seen. */
  #wakeupDue = false;
  #wakeupSeen = false;
  #violation: Violation | undefined;
  resolved = 0;

  constructor(manager: EpollIOManager, world: World) {
    this.#manager = manager;
    this.#world = world;
  }

  /** A wait that is pending; undefined if there is none. */
  pending(which: number): Wait | undefined {
    const candidates = [...this.#pending].filter(({ ending }) => ending === undefined);
    return candidates[which % candidates.length];
  }

  /** Waits for a number, whether or not it stands for anything. */
  wait(number: number, direction: Direction, controller: AbortController): void {
    const wait = this.#begin(number, direction, controller, (signal) => {
      if (direction === "readable") return this.#manager.waitReadable(number, { signal });
      if (direction === "writable") return this.#manager.waitWritable(number, { signal });
      return this.#manager.waitPriority(number, { signal });
    });
    if (controller.signal.aborted) return this.#mustEnd(wait, "stop");
    const file = this.#world.file(number);
    if (this.#registrations.get(number)?.file !== file) this.#forget(number, "EBADF");
    if (file === undefined) return this.#mustEnd(wait, "EBADF");
    const waits = this.#registrations.get(number)?.waits ?? new Map<Direction, Wait>();
    if (waits.has(direction)) return this.#mustEnd(wait, "BusyResourceError");
    waits.set(direction, wait);
    this.#registrations.set(number, { waits, file, seen: 0, fired: false });
  }

  waitWakeup(): void {
    const begin = (signal: AbortSignal) => this.#manager.waitWakeup({ signal });
    this.#wakeupWaits.add(this.#begin(undefined, undefined, new AbortController(), begin));
  }

  forceWakeup(): void {
    this.#manager.forceWakeup();
    this.#wakeups++;
    this.#wakeupDue = true;
  }

  abort(wait: Wait): void {
    wait.controller.abort("stop");
    this.#mustEnd(wait, "stop");
    this.#wakeupWaits.delete(wait);
    const { number, direction } = wait;
    if (number === undefined || direction === undefined) return;
    this.#registrations.get(number)!.waits.delete(direction);
    this.#armForTheRest(number);
  }

  notifyClosing(number: number): void {
    this.#manager.notifyClosing(number);
    this.#forget(number, "ClosedResourceError");
  }

  /** Closes the manager. */
  async close(): Promise<void> {
    const closed = this.#manager.close();
    for (const wait of this.#pending) this.#mustEnd(wait, "ClosedResourceError");
    this.#registrations.clear();
    this.#wakeupWaits.clear();
    await closed;
    this.commit();
    if (this.#pending.size > 0) throw new Violation(`${this.#pending.size} waits never ended`);
  }

  /** Asks poll(2) what is ready. To be called after each operation, lest something be missed. */
  observe(): void {
    const registrations = [...this.#registrations.values()]
      .filter(({ file }) => file.numbers.size > 0);
    const answers = poll(registrations.map(({ file }) => aNumber(file)));
    for (const [index, registration] of registrations.entries()) {
      registration.seen |= answers[index]!;
    }
  }

  /** Takes note of all that has resolved. Throws if anything did that had no right to. */
  commit(): void {
    for (const [number, registration] of this.#registrations) {
      if (registration.fired) this.#armForTheRest(number);
    }
    if (this.#wakeupSeen) this.#wakeups = Math.max(0, this.#wakeups - 1);
    this.#wakeupSeen = false;
    for (const wait of this.#ending.splice(0)) {
      if (!wait.settled) this.#violate(`${this.describe(wait)} should have ended: ${wait.ending}`);
    }
    if (this.#violation !== undefined) throw this.#violation;
  }

  /** The waits that are pending although what they wait for is there. */
  overdue(): Wait[] {
    const overdue = this.#wakeupDue ? [...this.#wakeupWaits] : [];
    const attached = [...this.#registrations]
      .filter(([number, { file }]) => this.#world.file(number) === file);
    const ready = poll(attached.map(([number]) => number));
    for (const [index, [, { waits, file }]] of attached.entries()) {
      for (const [direction, wait] of waits) {
        if (ready[index]! & announced(file, direction)) overdue.push(wait);
      }
    }
    return overdue;
  }

  /** Whether `statistics()` tells the same numbers of waits. */
  agrees(): boolean {
    const { tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority } = this.#manager
      .statistics();
    return tasksWaitingRead === this.#count("readable") &&
      tasksWaitingWrite === this.#count("writable") &&
      tasksWaitingPriority === this.#count("priority");
  }

  /** A wait, for a message. */
  describe({ number, direction }: Wait): string {
    if (number === undefined) return "A wait for a wakeup";
    const kind = this.#world.file(number)?.kind ?? "nothing";
    return `A wait for ${number} (${kind}, ${direction})`;
  }

  #count(direction: Direction): number {
    let count = 0;
    for (const { waits } of this.#registrations.values()) count += waits.has(direction) ? 1 : 0;
    return count;
  }

  #begin(
    number: number | undefined,
    direction: Direction | undefined,
    controller: AbortController,
    begin: (signal: AbortSignal) => Promise<void>,
  ): Wait {
    const promise = begin(controller.signal);
    const wait: Wait = {
      number,
      direction,
      controller,
      ending: undefined,
      settled: false,
      promise: promise.then(() => this.#onResolved(wait), (error) => this.#onRejected(wait, error)),
    };
    this.#pending.add(wait);
    return wait;
  }

  #mustEnd(wait: Wait, ending: string): void {
    wait.ending ??= ending;
    this.#ending.push(wait);
  }

  #forget(number: number, ending: string): void {
    for (const wait of this.#registrations.get(number)?.waits.values() ?? []) {
      this.#mustEnd(wait, ending);
    }
    this.#registrations.delete(number);
  }

  /** A waiter has gone; the others are armed for, if the number still stands for their file. */
  #armForTheRest(number: number): void {
    const { waits, file } = this.#registrations.get(number)!;
    if (waits.size === 0) {
      this.#registrations.delete(number);
    } else if (this.#world.file(number) !== file) {
      this.#forget(number, "EBADF");
    } else {
      this.#registrations.set(number, { waits, file, seen: 0, fired: false });
    }
  }

  #onResolved(wait: Wait): void {
    this.resolved++;
    this.#settle(wait);
    if (wait.number === undefined || wait.direction === undefined) return this.#onWakeup(wait);
    if (wait.ending !== undefined) {
      return this.#violate(
        `${this.describe(wait)} resolved, but should have ended: ${wait.ending}`,
      );
    }
    const registration = this.#registrations.get(wait.number)!;
    registration.waits.delete(wait.direction);
    const { file, seen } = registration;
    const ready = file.numbers.size > 0 ? seen | poll([aNumber(file)])[0]! : seen;
    registration.fired = true;
    if ((ready & answers[wait.direction]) === 0) {
      this.#violate(
        `${this.describe(wait)} resolved, but was never ready: poll says 0x${ready.toString(16)}`,
      );
    }
  }

  /** If it was forced before the wait began, a later abort is too late. */
  #onWakeup(wait: Wait): void {
    this.#wakeupWaits.delete(wait);
    this.#wakeupSeen = true;
    this.#wakeupDue = false;
    if (this.#wakeups === 0) this.#violate("A wakeup was seen that nobody forced");
  }

  #onRejected(wait: Wait, error: unknown): void {
    this.#settle(wait);
    const ending = nameOf(error);
    const { number, direction } = wait;
    if (wait.ending === undefined && number !== undefined && direction !== undefined) {
      const registration = this.#registrations.get(number)!;
      registration.waits.delete(direction);
      // Armed anew after an event, for a number that isn't that file's any more.
      const gone = this.#world.file(number) !== registration.file;
      if (registration.fired && ending === "EBADF" && gone) return;
    }
    if (ending !== wait.ending) {
      this.#violate(`${this.describe(wait)} was rejected: ${ending}, expected ${wait.ending}`);
    }
  }

  #settle(wait: Wait): void {
    wait.settled = true;
    this.#pending.delete(wait);
  }

  #violate(message: string): void {
    this.#violation ??= new Violation(message);
  }
}

/**
 * What the kernel tells epoll of when it comes about. A terminal becomes writable in poll(2)'s eyes as
 * soon as the other end has taken a byte or its own output has been flushed; those who sleep are
 * woken, by `n_tty_check_unthrottle`, only once the other end has taken nearly all.
 */
function announced({ kind }: OpenFile, direction: Direction): number {
  return kind === "terminal" && direction === "writable" ? POLLERR_POLLHUP : answers[direction];
}

function aNumber(file: OpenFile): number {
  return file.numbers.values().next().value!;
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.name;
}
