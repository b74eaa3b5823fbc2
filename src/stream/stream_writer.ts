/** The writing direction of a stream. */

import { bytesFrom, getByteLength, memoryGoneError } from "../ffi/bytes.ts";
import { ClosedResourceError } from "../manager/errors.ts";
import { type OperationOptions, OperationSlot } from "./operation_slot.ts";
import type { StreamFile } from "./stream_file.ts";

/** Writes the file of a stream. */
export class StreamWriter {
  readonly slot: OperationSlot;
  readonly #file: StreamFile;

  constructor(file: StreamFile) {
    this.slot = new OperationSlot(file, "write");
    this.#file = file;
  }

  /** Begins an operation, or throws why it can't begin. */
  begin(options: OperationOptions): void {
    this.slot.begin(options);
    if (!this.slot.hasEnded) return;
    this.slot.end(options);
    throw new ClosedResourceError("Cannot write to the stream: it has been shut down");
  }

  /** Writes from `start` on. `length` is the length that `data` had at the call. */
  async writeFrom(
    data: Uint8Array,
    start: number,
    length: number,
    options: OperationOptions,
  ): Promise<number> {
    const { slot } = this;
    if (slot.budget.spend()) await slot.yield(options);
    else slot.throwIfEnded(options);
    const count = this.#writeNow(data, start, length);
    if (count !== undefined) return count;
    await slot.wait(options);
    slot.resume(options);
    return this.#writeNow(data, start, length) ??
      await this.#retry(data, start, length, options);
  }

  #writeNow(data: Uint8Array, start: number, length: number): number | undefined {
    if (getByteLength(data) !== length) throw memoryGoneError();
    return this.#file.write(start === 0 ? data : bytesFrom(data, start));
  }

  /** Writes after a wait in vain. In this method, because a closure makes its function slower. */
  #retry(
    data: Uint8Array,
    start: number,
    length: number,
    options: OperationOptions,
  ): Promise<number> {
    return this.slot.retry(() => this.#writeNow(data, start, length), options);
  }
}
