/** The driver of a program that calls `getEvents` and `processEvents` itself: does nothing. */

import type { Driver } from "./driver.ts";

export class ManualDriver implements Driver {
  readonly name = "manual";

  start(): void {}

  stop(): void {}

  isInternal(): boolean {
    return false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
