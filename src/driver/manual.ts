/** The driver of a program that calls `getEvents` and `processEvents` itself. It does nothing. */

import type { Driver, DriverClient } from "./driver.ts";

export class ManualDriver implements Driver {
  readonly name = "manual";
  readonly #client: DriverClient;

  constructor(client: DriverClient) {
    this.#client = client;
  }

  start(): void {}

  updateRef(): void {}

  stop(): void {
    this.#client.onIdle?.();
  }

  onRegistered(): void {}

  onRefused(): boolean {
    return false;
  }

  isInternal(): boolean {
    return false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
