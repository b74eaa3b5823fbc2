/** Observes waits without ending them. */

import { assert, assertStringIncludes } from "@std/assert";
import { type EpollIOManager, Wakeup } from "../../mod.ts";
import { until } from "./event_loop.ts";
import { drain, poke } from "./fds.ts";

/**
 * Shows when a manager has processed all events: the kernel reports events in their order, and this
 * adds one. Its descriptor is opened early, for tests that count on which number comes next.
 */
export class Barrier implements Disposable {
  readonly #manager: EpollIOManager;
  readonly #last = new Wakeup();

  constructor(manager: EpollIOManager) {
    this.#manager = manager;
  }

  /** Resolves when all present events have been processed. */
  async passed(): Promise<void> {
    this.#last.wake();
    await this.#manager.waitReadable(this.#last);
    this.#last.drain();
  }

  [Symbol.dispose](): void {
    this.#manager.notifyClosing(this.#last);
    this.#last.close();
  }
}

/** Resolves when `manager` has processed all present events. */
export async function processed(manager: EpollIOManager): Promise<void> {
  using barrier = new Barrier(manager);
  await barrier.passed();
}

/** The event loop turns without a poll after which a manager counts as asleep. */
const quietTurns = 4;

/**
 * Resolves when `manager` sleeps: it no longer polls, and only its doorbell can wake it. Resolves
 * immediately for a manual one, which has no doorbell.
 */
export async function asleep(manager: EpollIOManager): Promise<void> {
  if (manager.statistics().driver === "manual") return;
  let polls = -1;
  let quiet = 0;
  await until(() => {
    const { epollWaitCalls } = manager.statistics();
    quiet = epollWaitCalls === polls ? quiet + 1 : 0;
    polls = epollWaitCalls;
    return quiet >= quietTurns;
  }, () => new Error("The manager keeps polling"));
}

/** Waits for `reader`, which becomes readable once `manager` sleeps, and empties it. */
export async function wakeFromSleep(
  manager: EpollIOManager,
  reader: number,
  writer: number,
): Promise<void> {
  const wait = manager.waitReadable(reader);
  await asleep(manager);
  poke(writer);
  await wait;
  drain(reader);
}

/** Asserts that `waits` are pending after all events have been processed. */
export async function assertPending(
  manager: EpollIOManager,
  ...waits: Promise<unknown>[]
): Promise<void> {
  await processed(manager);
  const settled = await Promise.race([
    Promise.allSettled([Promise.race(waits)]),
    Promise.resolve().then(() => undefined).then(() => undefined),
  ]);
  assert(settled === undefined, "a wait is settled that should be pending");
}

/**
 * The error that `wait` rejects with. It must be an `ErrorClass`, and its message must include
 * `part`.
 */
export async function rejection<T extends Error>(
  wait: Promise<unknown>,
  // deno-lint-ignore no-explicit-any -- as in assertRejects, whatever the constructor takes
  ErrorClass: abstract new (...args: any[]) => T,
  part = "",
): Promise<T> {
  try {
    await wait;
  } catch (error) {
    if (!(error instanceof ErrorClass)) throw error;
    assertStringIncludes(error.message, part);
    return error;
  }
  throw new Error(`Expected a ${ErrorClass.name}, but it resolved`);
}
