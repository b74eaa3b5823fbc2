/**
 * The expected behavior of a manager, derived from the operations and from poll(2).
 *
 * The model follows each of the kernel's registrations: the open file that a descriptor referred to
 * when it was armed last, and the events of that file since. A waiter *may* resolve if it was armed
 * for an event that has occurred. It *must* resolve if it is armed for an event that poll(2)
 * reports now. Both outcomes are correct for races in between.
 *
 * A wait is for the open file that its descriptor referred to when it began. If the descriptor
 * turns out to refer to another file, the wait must reject.
 */

import type { EpollIOManager, FdWatch, Interest, Readiness } from "../../mod.ts";
import { poll } from "../support/libc.ts";
import type { FdTable, OpenFile } from "./fd_table.ts";
import { flushMicrotasks } from "../support/event_loop.ts";

export type Direction = keyof Interest;

export const directions: readonly Direction[] = ["readable", "writable", "priority", "hangup"];

const POLLERR_POLLHUP = 0x018;

/** The poll(2) events that resolve a wait in that direction. */
const pollEvents: Readonly<Record<Direction, number>> = {
  readable: 0x001 | POLLERR_POLLHUP,
  priority: 0x002 | POLLERR_POLLHUP,
  writable: 0x004 | POLLERR_POLLHUP,
  hangup: 0x2000 | POLLERR_POLLHUP,
};

/** How to begin a wait. */
export interface WaitSettings {
  readonly controller: AbortController;
  readonly ref?: boolean;
  /** The timeout of `waitReady`, if any. */
  readonly timeout?: number;
}

/** A wait, from its call on. */
export interface Wait {
  readonly kind: "wait";
  /** Undefined for a forced wakeup. */
  readonly fd: number | undefined;
  readonly directions: readonly Direction[];
  readonly controller: AbortController;
  /** The time of its timeout, if any. */
  readonly expires: number;
  /** How it must end now: the name or code of the error. Undefined while it may stay pending. */
  ending: string | undefined;
  /** A listener has ended it. It may have resolved before, and its reaction runs later. */
  late: boolean;
  settled: boolean;
  readonly promise: Promise<void>;
}

/** A watch, from its call on. */
export interface Watch {
  readonly kind: "watch";
  readonly fd: number;
  directions: readonly Direction[];
  handle: FdWatch | undefined;
  ended: boolean;
  /** How often its listener was called since its interest changed, except from listeners. */
  calls: number;
  /** Resolves at the next call of its listener. */
  next: PromiseWithResolvers<void>;
  /** Whether its listener was called since {@linkcode Model.expectCalls}. */
  called: boolean;
}

/** A waiter that should have resolved. */
export interface Overdue {
  readonly description: string;
  readonly promise: Promise<void>;
}

/** The state of a descriptor with waiters. */
interface Registration {
  /** No two of them have a direction in common. */
  readonly waiters: Set<Wait | Watch>;
  /** The open file at their beginning. */
  readonly file: OpenFile;
  /** Its events since it was armed last. */
  seen: number;
  /** Its events at the last observation. */
  latest: number;
  /** Whether some waiters got an event, so that it is armed again for the rest. */
  fired: boolean;
  /** Whether a waiter has timed out, so that it is armed again even without others. */
  expired: boolean;
}

/** A violation of the expected behavior, which ends the run. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export class Model {
  readonly #manager: EpollIOManager;
  readonly #table: FdTable;
  readonly #registrations = new Map<number, Registration>();
  readonly #wakeupWaits = new Set<Wait>();
  readonly #pending = new Set<Wait>();
  readonly #watches = new Set<Watch>();
  /** The descriptors whose listeners are being called. */
  readonly #dispatching: number[] = [];
  /** Whether a listener has acted since the last commit. */
  #reacted = false;
  /** Waits that must have ended by the end of the step. */
  readonly #ending: Wait[] = [];
  /** Forced wakeups that a wait may still report. Some may have merged. */
  #wakeups = 0;
  /** Whether there is one that can't have merged with a reported one. */
  #wakeupDue = false;
  #wakeupSeen = false;
  /** Lost watches that weren't paused. Each causes an uncaught error. */
  #lost = 0;
  #uncaught = 0;
  #violation: Violation | undefined;
  resolved = 0;
  calls = 0;

  constructor(manager: EpollIOManager, table: FdTable) {
    this.#manager = manager;
    this.#table = table;
  }

  /** A pending wait, or undefined if there is none. */
  pending(which: number): Wait | undefined {
    const candidates = [...this.#pending].filter(({ ending }) => ending === undefined);
    return candidates[which % candidates.length];
  }

  /** A watch that hasn't ended, or undefined if there is none. */
  watching(which: number): Watch | undefined {
    const candidates = [...this.#watches].filter(({ ended }) => !ended);
    return candidates[which % candidates.length];
  }

  /**
   * The directions in `wanted` without a wait. While listeners are called, a wait may have resolved
   * whose reaction hasn't run, so this can't include its directions.
   */
  free(fd: number, wanted: readonly Direction[]): Direction[] {
    const waiters = this.#registrations.get(fd)?.waiters ?? [];
    const waits = [...waiters].filter(({ kind }) => kind === "wait");
    return wanted.filter((direction) => !holds(waits, [direction]));
  }

  /** Waits for a descriptor, which may be closed. */
  wait(fd: number, direction: Direction, settings: WaitSettings): void {
    const { controller: { signal }, ref } = settings;
    const options = { signal, ref };
    this.#wait(fd, [direction], settings, () => {
      if (direction === "readable") return this.#manager.waitReadable(fd, options);
      if (direction === "writable") return this.#manager.waitWritable(fd, options);
      if (direction === "hangup") return this.#manager.waitHangup(fd, options);
      return this.#manager.waitPriority(fd, options);
    });
  }

  /** Waits for several directions, or only for a timeout. */
  waitReady(fd: number, wanted: readonly Direction[], settings: WaitSettings): void {
    const { controller: { signal }, ref, timeout } = settings;
    const options = { ...interestOf(wanted), signal, ref, timeout };
    this.#wait(fd, wanted, settings, () => this.#manager.waitReady(fd, options));
  }

  /** Watches a descriptor. The listener calls `react`. */
  watch(fd: number, wanted: readonly Direction[], react: (watch: Watch) => void): void {
    const watch: Watch = {
      kind: "watch",
      fd,
      directions: wanted,
      handle: undefined,
      ended: false,
      calls: 0,
      next: Promise.withResolvers(),
      called: false,
    };
    const listener = (ready: Readiness) => this.#onCalled(watch, ready, react);
    const begin = () => watch.handle = this.#manager.watch(fd, interestOf(wanted), listener);
    this.#expectError(watch, thrownBy(begin), this.#add(fd, watch));
    if (watch.handle !== undefined) this.#watches.add(watch);
  }

  /** Changes the interest of a watch, which may have ended. */
  change(watch: Watch, wanted: readonly Direction[]): void {
    const { fd, directions: before, ended } = watch;
    const thrown = thrownBy(() => watch.handle!.interest(interestOf(wanted)));
    if (ended) return this.#expectError(watch, thrown, "ClosedResourceError");
    const registration = this.#registrations.get(fd)!;
    const added = wanted.filter((direction) => !before.includes(direction));
    const gone = this.#table.file(fd) !== registration.file;
    const taken = holds([...registration.waiters].filter((waiter) => waiter !== watch), added);
    if (taken && !gone) return this.#expectError(watch, thrown, "BusyResourceError");
    this.#expectError(watch, thrown, gone ? "EBADF" : undefined);
    if (gone) {
      watch.ended = true;
      registration.waiters.delete(watch);
      this.#forget(fd, "EBADF");
    } else {
      watch.directions = wanted;
      if (this.#dispatching.length === 0) watch.calls = 0;
      this.#rearm(fd);
    }
  }

  /** Closes a watch, which may have ended. */
  closeWatch(watch: Watch): void {
    const { fd, directions, ended } = watch;
    watch.handle!.close();
    if (ended) return;
    watch.ended = true;
    const registration = this.#registrations.get(fd)!;
    registration.waiters.delete(watch);
    if (registration.waiters.size === 0) this.#registrations.delete(fd);
    else if (directions.length > 0) this.#rearm(fd);
  }

  /** Sets whether a watch keeps the process alive. */
  setRef(watch: Watch, isRef: boolean): void {
    if (isRef) watch.handle!.ref();
    else watch.handle!.unref();
  }

  waitWakeup(): void {
    const controller = new AbortController();
    const begin = () => this.#manager.waitWakeup({ signal: controller.signal });
    this.#wakeupWaits.add(this.#begin(undefined, [], { controller }, begin));
  }

  forceWakeup(): void {
    this.#manager.forceWakeup();
    this.#wakeups++;
    this.#wakeupDue = true;
  }

  abort(wait: Wait): void {
    if (this.#hasUncertainEnd(wait)) return;
    wait.controller.abort("stop");
    this.#mustEnd(wait, "stop");
    this.#wakeupWaits.delete(wait);
    const { fd } = wait;
    if (fd === undefined) return;
    const registration = this.#registrations.get(fd)!;
    registration.waiters.delete(wait);
    if (registration.waiters.size === 0) this.#registrations.delete(fd);
    else if (wait.directions.length > 0) this.#rearm(fd);
  }

  notifyClosing(fd: number): void {
    this.#manager.notifyClosing(fd);
    this.#forget(fd, "ClosedResourceError");
  }

  /** Closes a descriptor, and notifies its waiters. */
  closeFd(fd: number): void {
    this.#table.close(fd, () => this.#manager.closeFd(fd));
    this.#forget(fd, "ClosedResourceError");
  }

  /** Processes events within a listener. */
  processAgain(): void {
    if (!this.#isManual()) return;
    this.#manager.processEvents(this.#manager.getEvents(0));
  }

  /** Records an uncaught error. */
  onUncaught(error: unknown): void {
    this.#uncaught++;
    if (nameOf(error) !== "EBADF") this.#violate(`Uncaught: ${error}`);
  }

  /** Closes the manager. */
  async close(): Promise<void> {
    const closed = this.#manager.close();
    for (const wait of this.#pending) this.#mustEnd(wait, "ClosedResourceError");
    for (const watch of this.#watches) watch.ended = true;
    this.#registrations.clear();
    this.#wakeupWaits.clear();
    await closed;
    await flushMicrotasks();
    this.commit();
    if (this.#pending.size > 0) throw new Violation(`${this.#pending.size} waits never ended`);
  }

  /**
   * Records the events that poll(2) reports. Call this after each operation, so that it misses
   * none.
   */
  observe(): void {
    const registrations = [...this.#registrations.values()]
      .filter(({ file }) => file.fds.size > 0);
    const events = poll(registrations.map(({ file }) => anyFd(file)));
    for (const [index, registration] of registrations.entries()) {
      registration.latest = events[index]!;
      registration.seen |= registration.latest;
    }
  }

  /** Records which waits have resolved. Throws if one had no right to. */
  commit(): void {
    this.#reacted = false;
    for (const [fd, { waiters, fired, expired }] of this.#registrations) {
      const left = [...waiters].some(({ directions }) => directions.length > 0);
      // An event that leaves nothing to arm arms nothing.
      if (expired || (fired && left) || waiters.size === 0) this.#rearm(fd);
      else if (fired) this.#registrations.get(fd)!.fired = false;
    }
    if (this.#wakeupSeen) this.#wakeups = Math.max(0, this.#wakeups - 1);
    this.#wakeupSeen = false;
    for (const wait of this.#ending.splice(0)) {
      if (!wait.settled) this.#violate(`${this.describe(wait)} should have ended: ${wait.ending}`);
    }
    for (const watch of this.#watches) {
      if (!watch.ended) continue;
      const thrown = thrownBy(() => watch.handle!.interest(interestOf(watch.directions)));
      this.#expectError(watch, thrown, "ClosedResourceError");
      this.#watches.delete(watch);
    }
    if (this.#violation !== undefined) throw this.#violation;
  }

  /** From now on, expects a call of each watch. */
  expectCalls(): void {
    for (const watch of this.#watches) watch.called = false;
  }

  /** The waiters that poll(2) reports as ready, but that haven't resolved or been called. */
  overdue(): Overdue[] {
    const overdue: (Wait | Watch)[] = this.#wakeupDue ? [...this.#wakeupWaits] : [];
    const now = performance.now();
    overdue.push(...[...this.#pending].filter(({ expires }) => expires < now));
    const attached = [...this.#registrations]
      .filter(([fd, { file }]) => this.#table.file(fd) === file);
    const ready = poll(attached.map(([fd]) => fd));
    for (const [index, [, { waiters, file }]] of attached.entries()) {
      for (const waiter of waiters) {
        const due = waiter.directions.some((name) => ready[index]! & announced(file, name));
        if (due && !(waiter.kind === "watch" && waiter.called)) overdue.push(waiter);
      }
    }
    return overdue.map((waiter) => ({
      description: this.describe(waiter),
      promise: waiter.kind === "watch" ? waiter.next.promise : waiter.promise,
    }));
  }

  /**
   * Whether `statistics()` returns the expected numbers, and all lost watches have been reported.
   */
  agrees(): boolean {
    const statistics = this.#manager.statistics();
    return statistics.tasksWaitingRead === this.#count("readable") &&
      statistics.tasksWaitingWrite === this.#count("writable") &&
      statistics.tasksWaitingPriority === this.#count("priority") &&
      statistics.tasksWaitingHangup === this.#count("hangup") &&
      this.#uncaught === this.#lost;
  }

  /** Describes both sides of {@linkcode Model.agrees}. */
  comparison(): string {
    const counts = directions.map((direction) => `${this.#count(direction)} ${direction}`);
    return `${counts.join(", ")}, ${this.#lost} lost watches, ${this.#uncaught} uncaught errors; ` +
      `but statistics() returned ${JSON.stringify(this.#manager.statistics())}`;
  }

  /** A description of a wait or watch. */
  describe({ kind, fd, directions }: Wait | Watch): string {
    if (fd === undefined) return "A wait for a wakeup";
    const file = this.#table.file(fd)?.kind ?? "nothing";
    return `A ${kind} for ${fd} (${file}, ${directions.join(" and ") || "no direction"})`;
  }

  #isManual(): boolean {
    return this.#manager.statistics().driver === "manual";
  }

  #count(direction: Direction): number {
    return [...this.#registrations.values()].filter(({ waiters }) => holds(waiters, [direction]))
      .length;
  }

  #wait(
    fd: number,
    wanted: readonly Direction[],
    settings: WaitSettings,
    begin: () => Promise<Readiness | void>,
  ): void {
    const wait = this.#begin(fd, wanted, settings, begin);
    const ending = settings.controller.signal.aborted ? "stop" : this.#add(fd, wait);
    if (ending !== undefined) this.#mustEnd(wait, ending);
  }

  #begin(
    fd: number | undefined,
    directions: readonly Direction[],
    { controller, timeout = Infinity }: WaitSettings,
    begin: () => Promise<Readiness | void>,
  ): Wait {
    const expires = performance.now() + timeout;
    const wait: Wait = {
      kind: "wait",
      fd,
      directions,
      controller,
      expires,
      ending: undefined,
      late: false,
      settled: false,
      promise: begin().then(
        (ready) => this.#onResolved(wait, ready ?? undefined),
        (error) => this.#onRejected(wait, error),
      ),
    };
    this.#pending.add(wait);
    return wait;
  }

  /** Adds `waiter`. Returns how it must end immediately, if it must. */
  #add(fd: number, waiter: Wait | Watch): string | undefined {
    const file = this.#table.file(fd);
    if (this.#registrations.get(fd)?.file !== file) this.#forget(fd, "EBADF");
    if (file === undefined) return "EBADF";
    const registration = this.#registrations.get(fd) ??
      { waiters: new Set(), file, seen: 0, latest: 0, fired: false, expired: false };
    if (holds(registration.waiters, waiter.directions)) return "BusyResourceError";
    registration.waiters.add(waiter);
    this.#resetSeen(registration);
    this.#registrations.set(fd, registration);
    return undefined;
  }

  #mustEnd(wait: Wait, ending: string): void {
    if (wait.ending === undefined) {
      wait.ending = ending;
      wait.late = this.#dispatching.length > 0;
    }
    this.#ending.push(wait);
  }

  #forget(fd: number, ending: string): void {
    for (const waiter of this.#registrations.get(fd)?.waiters ?? []) {
      if (waiter.kind === "wait") {
        this.#mustEnd(waiter, ending);
      } else {
        waiter.ended = true;
        // A paused watch loses nothing.
        if (ending === "EBADF" && waiter.directions.length > 0) this.#lost++;
      }
    }
    this.#registrations.delete(fd);
  }

  /** Arms what is left, if the descriptor still refers to the same open file. */
  #rearm(fd: number): void {
    const registration = this.#registrations.get(fd)!;
    if (registration.waiters.size === 0) {
      this.#registrations.delete(fd);
    } else if (this.#table.file(fd) !== registration.file) {
      this.#forget(fd, "EBADF");
    } else {
      this.#resetSeen(registration);
      registration.fired = registration.expired = false;
    }
  }

  /** While listeners are called, others may still be called for earlier events. */
  #resetSeen(registration: Registration): void {
    if (this.#dispatching.length === 0) registration.seen = 0;
  }

  #onResolved(wait: Wait, readiness: Readiness | undefined): void {
    this.resolved++;
    this.#settle(wait);
    if (wait.fd === undefined) return this.#onWakeup(wait);
    if (wait.late) return;
    if (wait.ending !== undefined) {
      return this.#violate(
        `${this.describe(wait)} resolved, but should have ended: ${wait.ending}`,
      );
    }
    const registration = this.#registrations.get(wait.fd)!;
    registration.waiters.delete(wait);
    const ready = directionsIn(readiness, wait);
    if (ready.length > 0) this.#onReady(wait, ready, registration);
    else this.#onExpired(wait, registration);
  }

  #onCalled(watch: Watch, readiness: Readiness, react: (watch: Watch) => void): void {
    this.calls++;
    const ready = directionsIn(readiness, watch);
    const registration = this.#registrations.get(watch.fd);
    if (watch.ended || registration === undefined || ready.length === 0) {
      return this.#violate(`${this.describe(watch)} was called: ${watch.ended ? "ended" : ready}`);
    }
    this.#onReady(watch, ready, registration);
    watch.calls++;
    watch.called = true;
    watch.next.resolve();
    watch.next = Promise.withResolvers();
    // The listener may take away what made other waiters ready.
    this.observe();
    this.#dispatching.push(watch.fd);
    try {
      react(watch);
    } catch (error) {
      this.#violate(`A listener failed: ${error instanceof Error ? error.stack : error}`);
    } finally {
      this.#dispatching.pop();
      this.#reacted = true;
    }
  }

  /** `waiter` was notified that the directions in `ready` are ready. */
  #onReady(waiter: Wait | Watch, ready: readonly Direction[], registration: Registration): void {
    registration.fired = true;
    const { file, seen } = registration;
    const events = file.fds.size > 0 ? seen | poll([anyFd(file)])[0]! : seen;
    const wrong = ready.filter((direction) =>
      !waiter.directions.includes(direction) || (events & pollEvents[direction]) === 0
    );
    if (wrong.length > 0) {
      this.#violate(
        `${this.describe(waiter)} got ${wrong}, but poll reports 0x${events.toString(16)}`,
      );
    }
  }

  /** `wait` has timed out. Only a manager that runs by itself polls once more before. */
  #onExpired(wait: Wait, registration: Registration): void {
    const { fd, expires, directions } = wait;
    // Timers are accurate to a millisecond.
    if (performance.now() < expires - 1) {
      this.#violate(`${this.describe(wait)} expired early`);
    }
    if (directions.length === 0) return;
    registration.expired = true;
    const { file } = registration;
    if (this.#isManual() || this.#table.file(fd!) !== file) return;
    // It becomes ready by itself.
    if (file.kind === "timer") return;
    // Listeners that the last poll has called may have closed the other end, for example.
    if (this.#reacted) return;
    let [ready] = poll([fd!]) as [number];
    // The kernel may have got to a packet of a connection after the manager's last poll.
    if (file.kind === "connection") ready &= registration.latest;
    if (directions.some((direction) => ready & announced(file, direction))) {
      this.#violate(
        `${this.describe(wait)} expired, although poll reports 0x${ready.toString(16)}`,
      );
    }
  }

  /** A wakeup that was forced before the wait began makes a later abort too late. */
  #onWakeup(wait: Wait): void {
    this.#wakeupWaits.delete(wait);
    this.#wakeupSeen = true;
    this.#wakeupDue = false;
    if (this.#wakeups === 0) this.#violate("A wakeup was reported that was never forced");
  }

  #onRejected(wait: Wait, error: unknown): void {
    this.#settle(wait);
    const ending = nameOf(error);
    const { fd } = wait;
    if (wait.ending === undefined && fd !== undefined) {
      const registration = this.#registrations.get(fd)!;
      registration.waiters.delete(wait);
      // It was armed again after an event, for a descriptor that now refers to another open file.
      const gone = this.#table.file(fd) !== registration.file;
      const { fired, expired } = registration;
      const armed = fired || expired || this.#mayHaveExpired(registration);
      if (armed && ending === "EBADF" && gone) return this.#loseAll(fd, registration);
    }
    if (ending !== wait.ending) {
      this.#violate(`${this.describe(wait)} was rejected: ${ending}, expected ${wait.ending}`);
    }
  }

  /**
   * Whether the effect of aborting `wait` on paused watches is unknown inside a listener: it ends
   * those of a closed file, unless the wait has resolved and its reaction hasn't run.
   */
  #hasUncertainEnd(wait: Wait): boolean {
    const registration = this.#registrations.get(wait.fd ?? -1);
    if (registration === undefined || this.#dispatching.length === 0) return false;
    const others = [...registration.waiters].filter((waiter) => waiter !== wait);
    return this.#table.file(wait.fd!) !== registration.file && others.length > 0 &&
      others.every(({ directions }) => directions.length === 0);
  }

  /** Ends all waiters, except waits whose timeout was the reason to arm again. */
  #loseAll(fd: number, registration: Registration): void {
    const expired = [...registration.waiters].filter(mayHaveExpired);
    for (const wait of expired) registration.waiters.delete(wait);
    this.#forget(fd, "EBADF");
    if (expired.length === 0) return;
    this.#registrations.set(fd, { ...registration, waiters: new Set(expired) });
  }

  /** Whether one of the waits may have timed out, although its reaction hasn't run. */
  #mayHaveExpired({ waiters }: Registration): boolean {
    return [...waiters].some(mayHaveExpired);
  }

  #settle(wait: Wait): void {
    wait.settled = true;
    this.#pending.delete(wait);
  }

  #expectError(watch: Watch, thrown: string | undefined, expected: string | undefined): void {
    if (thrown === expected) return;
    this.#violate(`${this.describe(watch)} threw ${thrown}, expected ${expected}`);
  }

  #violate(message: string): void {
    this.#violation ??= new Violation(message);
  }
}

/**
 * The events that the kernel reports to epoll when they occur. poll(2) reports a terminal as
 * writable when the other end has read a byte, or the terminal's output was flushed. But
 * `n_tty_check_unthrottle` wakes sleepers only when the other end has read nearly everything.
 */
function announced({ kind }: OpenFile, direction: Direction): number {
  return kind === "terminal" && direction === "writable" ? POLLERR_POLLHUP : pollEvents[direction];
}

/** Whether `waiter` has timed out, or is about to. Timers are accurate to a millisecond. */
function mayHaveExpired(waiter: Wait | Watch): boolean {
  return waiter.kind === "wait" && waiter.expires < performance.now() + 1;
}

/** Whether one of `waiters` has one of the directions in `wanted`. */
function holds(waiters: Iterable<Wait | Watch>, wanted: readonly Direction[]): boolean {
  return [...waiters].some(({ directions }) => directions.some((name) => wanted.includes(name)));
}

function interestOf(wanted: readonly Direction[]): Interest {
  return Object.fromEntries(wanted.map((direction) => [direction, true]));
}

/**
 * The directions in `readiness`. A plain wait resolves for all of its own, and so does an error.
 */
function directionsIn(
  readiness: Readiness | undefined,
  waiter: { readonly directions: readonly Direction[] },
): readonly Direction[] {
  if (readiness === undefined || readiness.error) return waiter.directions;
  return directions.filter((direction) => readiness[direction]);
}

function anyFd(file: OpenFile): number {
  return file.fds.values().next().value!;
}

/** The name of the error that `act` throws, or undefined if it doesn't throw. */
function thrownBy(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.name;
}
