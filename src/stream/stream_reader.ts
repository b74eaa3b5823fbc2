/** The reading direction of a stream. */

import { type OperationOptions, OperationSlot } from "./operation_slot.ts";
import type { StreamFile } from "./stream_file.ts";

/** Reads the file of a stream. */
export class StreamReader {
  readonly slot: OperationSlot;
  readonly #file: StreamFile;

  constructor(file: StreamFile) {
    this.slot = new OperationSlot(file, "read");
    this.#file = file;
  }

  /**
   * Reads without waiting: the number of bytes, `null` at the end, `undefined` if it would block,
   * if another read is pending, or if the event loop should run before.
   */
  readNow(buffer: Uint8Array): number | null | undefined {
    if (this.slot.isBusy() || this.slot.budget.spend()) return undefined;
    const count = this.#file.read(buffer);
    return count === 0 ? null : count;
  }

  /** Reads after a wait in vain. In this method, because a closure makes its function slower. */
  retry(buffer: Uint8Array, options: OperationOptions): Promise<number> {
    return this.slot.retry(() => this.#file.read(buffer), options);
  }
}
