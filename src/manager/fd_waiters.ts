/** The program side of a manager: the waits and watches of each descriptor. */

import { EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../ffi/constants.ts";
import type { EpollStatistics } from "./statistics.ts";
import { isPending, type Waiter } from "./waiter.ts";
import type { Watch } from "./watch.ts";

type DirectionCounts = Pick<
  EpollStatistics,
  "tasksWaitingRead" | "tasksWaitingWrite" | "tasksWaitingPriority" | "tasksWaitingHangup"
>;

/** The waiters of each descriptor. At most one has any given direction. */
export class FdWaiters {
  /** How many wait for something. */
  pending = 0;
  /** How many of those keep the process alive. */
  refs = 0;
  /** By fd: its first waiter, which usually is the only one. */
  readonly #first: (Waiter | undefined)[] = [];

  /** Whether `fd` has waiters. */
  has(fd: number): boolean {
    return this.#first[fd] !== undefined;
  }

  /** The waiter of `fd` that came first. */
  first(fd: number): Waiter | undefined {
    return this.#first[fd];
  }

  /** The directions of all waiters of `fd`. */
  interest(fd: number): number {
    let interest = 0;
    for (let waiter = this.#first[fd]; waiter !== undefined; waiter = waiter.next) {
      interest |= waiter.interest;
    }
    return interest;
  }

  /** The waiters of `fd` at this moment, in order of arrival. */
  listFor(fd: number): Waiter[] {
    const waiters: Waiter[] = [];
    for (let waiter = this.#first[fd]; waiter !== undefined; waiter = waiter.next) {
      waiters.push(waiter);
    }
    return waiters;
  }

  /** The waiters of all descriptors. */
  list(): Waiter[] {
    return this.fds().flatMap((fd) => this.listFor(fd));
  }

  /** The descriptors that have waiters. */
  fds(): number[] {
    return this.#first.flatMap((waiter) => waiter?.fd ?? []);
  }

  /** How many descriptors are waited for in each direction. */
  countDirections(): DirectionCounts {
    const interests = this.fds().map((fd) => this.interest(fd));
    const count = (direction: number) => interests.filter((value) => value & direction).length;
    return {
      tasksWaitingRead: count(EPOLLIN),
      tasksWaitingWrite: count(EPOLLOUT),
      tasksWaitingPriority: count(EPOLLPRI),
      tasksWaitingHangup: count(EPOLLRDHUP),
    };
  }

  /** Adds `waiter`, whose directions must be free. */
  add(waiter: Waiter): void {
    const { fd } = waiter;
    if (this.#first[fd] === undefined) this.#first[fd] = waiter;
    else this.listFor(fd).at(-1)!.next = waiter;
    this.#count(waiter, 1);
  }

  /** Removes `waiter`. Returns whether it was there. */
  remove(waiter: Waiter): boolean {
    const { fd, next } = waiter;
    if (this.#first[fd] === waiter) this.#first[fd] = next;
    else if (!this.#unlink(waiter)) return false;
    waiter.next = undefined;
    this.#count(waiter, -1);
    return true;
  }

  #unlink(waiter: Waiter): boolean {
    const previous = this.listFor(waiter.fd).find(({ next }) => next === waiter);
    if (previous === undefined) return false;
    previous.next = waiter.next;
    return true;
  }

  /** Changes the directions of `watch`, which must be free. */
  setInterest(watch: Watch, interest: number): void {
    this.#count(watch, -1);
    watch.interest = interest;
    this.#count(watch, 1);
  }

  /** Changes whether `watch` keeps the process alive. */
  setRef(watch: Watch, isRef: boolean): void {
    this.#count(watch, -1);
    watch.isRef = isRef;
    this.#count(watch, 1);
  }

  #count(waiter: Waiter, change: 1 | -1): void {
    if (!isPending(waiter)) return;
    this.pending += change;
    if (waiter.isRef) this.refs += change;
  }
}
