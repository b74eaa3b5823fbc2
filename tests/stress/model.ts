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

import type { EpollIOManager, FdWatch, Interest, Readiness } from "../../mod.ts";
import { poll } from "../support/libc.ts";
import type { OpenFile, World } from "./world.ts";
import { flushMicrotasks } from "../support/event_loop.ts";

export type Direction = keyof Readiness;

export const directions: readonly Direction[] = ["readable", "writable", "priority", "hangup"];

const POLLERR_POLLHUP = 0x018;

/** What poll(2) answers when a wait in that direction ought to resolve. */
const answers: Readonly<Record<Direction, number>> = {
  readable: 0x001 | POLLERR_POLLHUP,
  priority: 0x002 | POLLERR_POLLHUP,
  writable: 0x004 | POLLERR_POLLHUP,
  hangup: 0x2000 | POLLERR_POLLHUP,
};

/** How a wait is begun. */
export interface Manner {
  readonly controller: AbortController;
  readonly ref?: boolean;
  /** For `waitReady`: whether there is one, and what it is. */
  readonly timeout?: number;
}

/** One wait, from its call on. */
export interface Wait {
  readonly kind: "wait";
  /** Undefined if it is for a forced wakeup. */
  readonly number: number | undefined;
  readonly directions: readonly Direction[];
  readonly controller: AbortController;
  /** When it is over at the latest. */
  readonly expires: number;
  /** How it must end now, by the name or the code of the error; undefined while it may go on. */
  ending: string | undefined;
  /** A listener has ended it, maybe after it has resolved, which is heard of later. */
  late: boolean;
  settled: boolean;
  readonly promise: Promise<void>;
}

/** One watch, from its call on. */
export interface Watch {
  readonly kind: "watch";
  readonly number: number;
  directions: readonly Direction[];
  handle: FdWatch | undefined;
  ended: boolean;
  /** How often its listener has been called since its interest was changed, but for by listeners. */
  calls: number;
  /** Resolves when its listener is called next. */
  next: PromiseWithResolvers<void>;
  /** It has been called since that was last asked. */
  called: boolean;
}

/** What ought to have happened by now. */
export interface Overdue {
  readonly description: string;
  readonly promise: Promise<void>;
}

/** What is known about one number that is waited for. */
interface Registration {
  /** None of them has a direction that another one has. */
  readonly claims: Set<Wait | Watch>;
  /** What the number stood for when they began. */
  readonly file: OpenFile;
  /** What that has been ready for since it was armed last. */
  seen: number;
  /** Some of its claims were told, so that it has been armed anew for what is left of them. */
  fired: boolean;
  /** One has expired, so that it has been armed anew even if nothing is left. */
  expired: boolean;
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
  readonly #watches = new Set<Watch>();
  /** The numbers whose listeners are being called. */
  readonly #dispatching: number[] = [];
  /** A listener has done something since the last commit. */
  #reacted = false;
  /** Waits that must have ended by the end of the step. */
  readonly #ending: Wait[] = [];
  /** Forced wakeups that a wait may have yet to see. Some may have merged. */
  #wakeups = 0;
  /** There is one that hasn't merged with any that was seen. */
  #wakeupDue = false;
  #wakeupSeen = false;
  /** Watches that have been lost, and weren't paused, of which the program must be told by uncaught errors. */
  #lost = 0;
  #uncaught = 0;
  #violation: Violation | undefined;
  resolved = 0;
  calls = 0;

  constructor(manager: EpollIOManager, world: World) {
    this.#manager = manager;
    this.#world = world;
  }

  /** A wait that is pending; undefined if there is none. */
  pending(which: number): Wait | undefined {
    const candidates = [...this.#pending].filter(({ ending }) => ending === undefined);
    return candidates[which % candidates.length];
  }

  /** A watch that goes on; undefined if there is none. */
  watching(which: number): Watch | undefined {
    const candidates = [...this.#watches].filter(({ ended }) => !ended);
    return candidates[which % candidates.length];
  }

  /**
   * Those of `wanted` that no wait has. One that has resolved while listeners are called is heard of
   * later, so that it can't be told then whether the others are free.
   */
  free(number: number, wanted: readonly Direction[]): Direction[] {
    const claims = this.#registrations.get(number)?.claims ?? [];
    const waits = [...claims].filter(({ kind }) => kind === "wait");
    return wanted.filter((direction) => !holds(waits, [direction]));
  }

  /** Waits for a number, whether or not it stands for anything. */
  wait(number: number, direction: Direction, manner: Manner): void {
    const { controller: { signal }, ref } = manner;
    const options = { signal, ref };
    this.#wait(number, [direction], manner, () => {
      if (direction === "readable") return this.#manager.waitReadable(number, options);
      if (direction === "writable") return this.#manager.waitWritable(number, options);
      if (direction === "hangup") return this.#manager.waitHangup(number, options);
      return this.#manager.waitPriority(number, options);
    });
  }

  /** Waits for several directions, or for the time alone. */
  waitReady(number: number, wanted: readonly Direction[], manner: Manner): void {
    const { controller: { signal }, ref, timeout } = manner;
    const options = { ...interestOf(wanted), signal, ref, timeout };
    this.#wait(number, wanted, manner, () => this.#manager.waitReady(number, options));
  }

  /** Watches a number. `react` is done by the listener. */
  watch(number: number, wanted: readonly Direction[], react: (watch: Watch) => void): void {
    const watch: Watch = {
      kind: "watch",
      number,
      directions: wanted,
      handle: undefined,
      ended: false,
      calls: 0,
      next: Promise.withResolvers(),
      called: false,
    };
    const listener = (ready: Readiness) => this.#onCalled(watch, ready, react);
    const begin = () => watch.handle = this.#manager.watch(number, interestOf(wanted), listener);
    this.#expectError(watch, thrownBy(begin), this.#claim(number, watch));
    if (watch.handle !== undefined) this.#watches.add(watch);
  }

  /** Changes what a watch, which may have ended, is interested in. */
  change(watch: Watch, wanted: readonly Direction[]): void {
    const { number, directions: before, ended } = watch;
    const thrown = thrownBy(() => watch.handle!.interest(interestOf(wanted)));
    if (ended) return this.#expectError(watch, thrown, "ClosedResourceError");
    const registration = this.#registrations.get(number)!;
    const added = wanted.filter((direction) => !before.includes(direction));
    const gone = this.#world.file(number) !== registration.file;
    const taken = holds([...registration.claims].filter((claim) => claim !== watch), added);
    if (taken && !gone) return this.#expectError(watch, thrown, "BusyResourceError");
    const same = added.length === 0 && wanted.length === before.length;
    const armed = taken || (!same && !this.#dispatching.includes(number));
    this.#expectError(watch, thrown, armed && gone ? "EBADF" : undefined);
    if (armed && gone) {
      watch.ended = true;
      registration.claims.delete(watch);
      this.#forget(number, "EBADF");
    } else {
      watch.directions = wanted;
      if (this.#dispatching.length === 0) watch.calls = 0;
      if (armed) this.#armForTheRest(number);
    }
  }

  /** Closes a watch, which may have ended. */
  closeWatch(watch: Watch): void {
    const { number, directions, ended } = watch;
    watch.handle!.close();
    if (ended) return;
    watch.ended = true;
    const registration = this.#registrations.get(number)!;
    registration.claims.delete(watch);
    if (registration.claims.size === 0) this.#registrations.delete(number);
    else if (directions.length > 0) this.#armUnlessDispatching(number);
  }

  /** Lets a watch keep the process alive, or not. */
  hold(watch: Watch, held: boolean): void {
    if (held) watch.handle!.ref();
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
    if (this.#endsUncertainly(wait)) return;
    wait.controller.abort("stop");
    this.#mustEnd(wait, "stop");
    this.#wakeupWaits.delete(wait);
    const { number } = wait;
    if (number === undefined) return;
    const registration = this.#registrations.get(number)!;
    registration.claims.delete(wait);
    if (registration.claims.size === 0) this.#registrations.delete(number);
    else if (wait.directions.length > 0) this.#armUnlessDispatching(number);
  }

  notifyClosing(number: number): void {
    this.#manager.notifyClosing(number);
    this.#forget(number, "ClosedResourceError");
  }

  /** Announces that a number is closed, and closes it. */
  closeFd(number: number): void {
    this.#world.close(number, () => this.#manager.closeFd(number));
    this.#forget(number, "ClosedResourceError");
  }

  /** Harvests and processes, from within a listener. */
  processAgain(): void {
    if (!this.#isManual()) return;
    this.#manager.processEvents(this.#manager.getEvents(0));
  }

  /** Takes note of an error that nobody has caught. */
  onUncaught(error: unknown): void {
    this.#uncaught++;
    if (nameOf(error) !== "EBADF") this.#violate(`An error that nobody caught: ${error}`);
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
    this.#reacted = false;
    for (const [number, { claims, fired, expired }] of this.#registrations) {
      const left = [...claims].some(({ directions }) => directions.length > 0);
      // Nothing is armed by an event that leaves nothing to be armed.
      if (expired || (fired && left) || claims.size === 0) this.#armForTheRest(number);
      else if (fired) this.#registrations.get(number)!.fired = false;
    }
    if (this.#wakeupSeen) this.#wakeups = Math.max(0, this.#wakeups - 1);
    this.#wakeupSeen = false;
    for (const wait of this.#ending.splice(0)) {
      if (!wait.settled) this.#violate(`${this.describe(wait)} should have ended: ${wait.ending}`);
    }
    for (const watch of this.#watches) {
      // To be interested in the same as before changes nothing.
      const thrown = thrownBy(() => watch.handle!.interest(interestOf(watch.directions)));
      this.#expectError(watch, thrown, watch.ended ? "ClosedResourceError" : undefined);
      if (watch.ended) this.#watches.delete(watch);
    }
    if (this.#violation !== undefined) throw this.#violation;
  }

  /** From now on, each watch has to be called. */
  expectCalls(): void {
    for (const watch of this.#watches) watch.called = false;
  }

  /** The waits that are pending although what they wait for is there, and the watches uncalled. */
  overdue(): Overdue[] {
    const overdue: (Wait | Watch)[] = this.#wakeupDue ? [...this.#wakeupWaits] : [];
    const now = performance.now();
    overdue.push(...[...this.#pending].filter(({ expires }) => expires < now));
    const attached = [...this.#registrations]
      .filter(([number, { file }]) => this.#world.file(number) === file);
    const ready = poll(attached.map(([number]) => number));
    for (const [index, [, { claims, file }]] of attached.entries()) {
      for (const claim of claims) {
        const due = claim.directions.some((name) => ready[index]! & announced(file, name));
        if (due && !(claim.kind === "watch" && claim.called)) overdue.push(claim);
      }
    }
    return overdue.map((claim) => ({
      description: this.describe(claim),
      promise: claim.kind === "watch" ? claim.next.promise : claim.promise,
    }));
  }

  /** Whether `statistics()` tells the same numbers of waits, and all lost watches have been told of. */
  agrees(): boolean {
    const told = this.#manager.statistics();
    return told.tasksWaitingRead === this.#count("readable") &&
      told.tasksWaitingWrite === this.#count("writable") &&
      told.tasksWaitingPriority === this.#count("priority") &&
      told.tasksWaitingHangup === this.#count("hangup") &&
      this.#uncaught === this.#lost;
  }

  /** What {@linkcode Model.agrees} compares, for a message. */
  comparison(): string {
    const counts = directions.map((direction) => `${this.#count(direction)} ${direction}`);
    return `${counts.join(", ")}, ${this.#lost} lost watches, ${this.#uncaught} uncaught errors; ` +
      `it tells ${JSON.stringify(this.#manager.statistics())}`;
  }

  /** A wait or a watch, for a message. */
  describe({ kind, number, directions }: Wait | Watch): string {
    if (number === undefined) return "A wait for a wakeup";
    const file = this.#world.file(number)?.kind ?? "nothing";
    return `A ${kind} for ${number} (${file}, ${directions.join(" and ") || "no direction"})`;
  }

  #isManual(): boolean {
    return this.#manager.statistics().driver === "manual";
  }

  #count(direction: Direction): number {
    return [...this.#registrations.values()].filter(({ claims }) => holds(claims, [direction]))
      .length;
  }

  #wait(
    number: number,
    wanted: readonly Direction[],
    manner: Manner,
    begin: () => Promise<Readiness | void>,
  ): void {
    const wait = this.#begin(number, wanted, manner, begin);
    const ending = manner.controller.signal.aborted ? "stop" : this.#claim(number, wait);
    if (ending !== undefined) this.#mustEnd(wait, ending);
  }

  #begin(
    number: number | undefined,
    directions: readonly Direction[],
    { controller, timeout = Infinity }: Manner,
    begin: () => Promise<Readiness | void>,
  ): Wait {
    const expires = performance.now() + timeout;
    const wait: Wait = {
      kind: "wait",
      number,
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

  /** Lets `claim` have its directions. Returns how it must end at once, if it must. */
  #claim(number: number, claim: Wait | Watch): string | undefined {
    const file = this.#world.file(number);
    if (this.#registrations.get(number)?.file !== file) this.#forget(number, "EBADF");
    if (file === undefined) return "EBADF";
    const registration = this.#registrations.get(number) ??
      { claims: new Set(), file, seen: 0, fired: false, expired: false };
    if (holds(registration.claims, claim.directions)) return "BusyResourceError";
    registration.claims.add(claim);
    this.#seeAnew(registration);
    this.#registrations.set(number, registration);
    return undefined;
  }

  #mustEnd(wait: Wait, ending: string): void {
    if (wait.ending === undefined) {
      wait.ending = ending;
      wait.late = this.#dispatching.length > 0;
    }
    this.#ending.push(wait);
  }

  #forget(number: number, ending: string): void {
    for (const claim of this.#registrations.get(number)?.claims ?? []) {
      if (claim.kind === "wait") {
        this.#mustEnd(claim, ending);
      } else {
        claim.ended = true;
        // One that is paused has nothing to lose.
        if (ending === "EBADF" && claim.directions.length > 0) this.#lost++;
      }
    }
    this.#registrations.delete(number);
  }

  /** A listener's changes are armed for after it, and so by {@linkcode Model.commit}. */
  #armUnlessDispatching(number: number): void {
    if (!this.#dispatching.includes(number)) this.#armForTheRest(number);
  }

  /** It is armed for what is left, if the number still stands for the file. */
  #armForTheRest(number: number): void {
    const registration = this.#registrations.get(number)!;
    if (registration.claims.size === 0) {
      this.#registrations.delete(number);
    } else if (this.#world.file(number) !== registration.file) {
      this.#forget(number, "EBADF");
    } else {
      this.#seeAnew(registration);
      registration.fired = registration.expired = false;
    }
  }

  /** While listeners are called, others may be called yet for what was ready before. */
  #seeAnew(registration: Registration): void {
    if (this.#dispatching.length === 0) registration.seen = 0;
  }

  #onResolved(wait: Wait, readiness: Readiness | undefined): void {
    this.resolved++;
    this.#settle(wait);
    if (wait.number === undefined) return this.#onWakeup(wait);
    if (wait.late) return;
    if (wait.ending !== undefined) {
      return this.#violate(
        `${this.describe(wait)} resolved, but should have ended: ${wait.ending}`,
      );
    }
    const registration = this.#registrations.get(wait.number)!;
    registration.claims.delete(wait);
    const told = readiness === undefined ? wait.directions : directionsIn(readiness);
    if (told.length > 0) this.#onTold(wait, told, registration);
    else this.#onExpired(wait, registration);
  }

  #onCalled(watch: Watch, readiness: Readiness, react: (watch: Watch) => void): void {
    this.calls++;
    const told = directionsIn(readiness);
    const registration = this.#registrations.get(watch.number);
    if (watch.ended || registration === undefined || told.length === 0) {
      return this.#violate(`${this.describe(watch)} was called: ${watch.ended ? "ended" : told}`);
    }
    this.#onTold(watch, told, registration);
    watch.calls++;
    watch.called = true;
    watch.next.resolve();
    watch.next = Promise.withResolvers();
    // It may take away what others have been found ready for.
    this.observe();
    this.#dispatching.push(watch.number);
    try {
      react(watch);
    } catch (error) {
      this.#violate(`A listener failed: ${error instanceof Error ? error.stack : error}`);
    } finally {
      this.#dispatching.pop();
      this.#reacted = true;
    }
  }

  /** `claim` has been told that `told` is ready. */
  #onTold(claim: Wait | Watch, told: readonly Direction[], registration: Registration): void {
    registration.fired = true;
    const { file, seen } = registration;
    const ready = file.numbers.size > 0 ? seen | poll([aNumber(file)])[0]! : seen;
    const wrong = told.filter((direction) =>
      !claim.directions.includes(direction) || (ready & answers[direction]) === 0
    );
    if (wrong.length > 0) {
      this.#violate(
        `${this.describe(claim)} was told of ${wrong}, which it wasn't: poll says 0x${
          ready.toString(16)
        }`,
      );
    }
  }

  /** The time of `wait` is over. Only where the manager runs by itself does it look once more. */
  #onExpired(wait: Wait, registration: Registration): void {
    const { number, expires, directions } = wait;
    // Timers are as exact as a millisecond.
    if (performance.now() < expires - 1) {
      this.#violate(`${this.describe(wait)} resolved with nothing before its time`);
    }
    if (directions.length === 0) return;
    registration.expired = true;
    const { file } = registration;
    if (this.#isManual() || this.#world.file(number!) !== file || file.kind === "timer") return;
    // Listeners that the last look has called may have closed the other end, say.
    if (this.#reacted) return;
    const [ready] = poll([number!]);
    if (directions.some((direction) => ready! & announced(file, direction))) {
      this.#violate(`${this.describe(wait)} expired, though poll says 0x${ready!.toString(16)}`);
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
    const { number } = wait;
    if (wait.ending === undefined && number !== undefined) {
      const registration = this.#registrations.get(number)!;
      registration.claims.delete(wait);
      // Armed anew after an event, for a number that isn't that file's any more.
      const gone = this.#world.file(number) !== registration.file;
      const { fired, expired } = registration;
      const armed = fired || expired || this.#mayHaveExpired(registration);
      if (armed && ending === "EBADF" && gone) return this.#loseAll(number, registration);
    }
    if (ending !== wait.ending) {
      this.#violate(`${this.describe(wait)} was rejected: ${ending}, expected ${wait.ending}`);
    }
  }

  /**
   * Whether a listener can't tell what an abort of `wait` does to paused watches: it ends those of a
   * file that is gone, unless the wait has resolved, which is heard of later.
   */
  #endsUncertainly(wait: Wait): boolean {
    const registration = this.#registrations.get(wait.number ?? -1);
    if (registration === undefined || this.#dispatching.length === 0) return false;
    const others = [...registration.claims].filter((claim) => claim !== wait);
    return this.#world.file(wait.number!) !== registration.file && others.length > 0 &&
      others.every(({ directions }) => directions.length === 0);
  }

  /** What is left of the claims ends too, but for a wait whose expiry was the reason to arm anew. */
  #loseAll(number: number, registration: Registration): void {
    const expired = [...registration.claims].filter(mayHaveExpired);
    for (const wait of expired) registration.claims.delete(wait);
    this.#forget(number, "EBADF");
    if (expired.length === 0) return;
    this.#registrations.set(number, { ...registration, claims: new Set(expired) });
  }

  /** Whether one of its waits has expired, whose own end is yet to be seen. */
  #mayHaveExpired({ claims }: Registration): boolean {
    return [...claims].some(mayHaveExpired);
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
 * What the kernel tells epoll of when it comes about. A terminal becomes writable in poll(2)'s eyes as
 * soon as the other end has taken a byte or its own output has been flushed; those who sleep are
 * woken, by `n_tty_check_unthrottle`, only once the other end has taken nearly all.
 */
function announced({ kind }: OpenFile, direction: Direction): number {
  return kind === "terminal" && direction === "writable" ? POLLERR_POLLHUP : answers[direction];
}

/** Whether the time of `claim` is over, or is about to be: timers are as exact as a millisecond. */
function mayHaveExpired(claim: Wait | Watch): boolean {
  return claim.kind === "wait" && claim.expires < performance.now() + 1;
}

/** Whether one of `claims` has one of `wanted`. */
function holds(claims: Iterable<Wait | Watch>, wanted: readonly Direction[]): boolean {
  return [...claims].some(({ directions }) => directions.some((name) => wanted.includes(name)));
}

function interestOf(wanted: readonly Direction[]): Interest {
  return Object.fromEntries(wanted.map((direction) => [direction, true]));
}

function directionsIn(readiness: Readiness): Direction[] {
  return directions.filter((direction) => readiness[direction]);
}

function aNumber(file: OpenFile): number {
  return file.numbers.values().next().value!;
}

/** The name of the error that `act` throws; undefined if it doesn't. */
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
