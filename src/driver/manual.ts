/** The driver of a program that calls `getEvents` and `processEvents` itself: does nothing. */

import type { Driver, Pollable } from "./driver.ts";

export class ManualDriver implements Driver {
  readonly name = "manual";

  readonly #manager: Pollable;

  constructor(manager: Pollable) {
    this.#manager = manager;
  }

  start(): void {}

  refresh(): void {}

  stop(): void {
    this.#manager.rested?.();
  }

  isInternal(): boolean {
    return false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
