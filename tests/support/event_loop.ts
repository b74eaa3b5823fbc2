/** Letting the event loop do its work, and watching it. */

import { clearTimeout, setImmediate, setTimeout } from "node:timers";

/** Resolves in the next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves once those who wait for a promise that is settled by now have heard of it. */
export async function heard(): Promise<void> {
  // A rejection may take some microtasks more than what it comes with.
  for (let count = 0; count < 4; count++) await undefined;
}

/** Resolves after `milliseconds`. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Resolves when `holds` does, in some later turn; if it never does, rejects with `complaint`. */
export async function until(
  holds: () => boolean,
  complaint: () => Error,
  milliseconds = 50_000,
): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > milliseconds) throw complaint();
    await turn();
  }
}

/** Counts turns of the event loop, as timers see them: while it is blocked there are none. */
export class Turns implements Disposable {
  count = 0;
  #timer = setTimeout(() => this.#turn(), 0);

  #turn(): void {
    this.count++;
    this.#timer = setTimeout(() => this.#turn(), 0);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
