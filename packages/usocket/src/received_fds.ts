/** Received descriptors that the program hasn't taken yet, and the positions of their bytes. */

import { close } from "@fdready/fdready/os";
import { createError } from "./errors.ts";

interface Batch {
  readonly fds: number[];
  /** The position of their byte in the stream. */
  readonly position: number;
}

/** Owns its descriptors: `close` closes those that were not taken. */
export class ReceivedFds {
  /** The largest number of descriptors. */
  readonly limit: number;
  #batches: Batch[] = [];
  #length = 0;

  /**
   * Creates an empty store.
   *
   * @param limit The largest number of descriptors.
   */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Throws if there are more descriptors than allowed. */
  checkLimit(): void {
    if (this.#length <= this.limit) return;
    const message = `The peer has sent ${this.#length} descriptors that were not read, ` +
      `more than maxFds (${this.limit})`;
    throw createError("ENOBUFS", message);
  }

  /** The number of descriptors. */
  get length(): number {
    return this.#length;
  }

  /** Takes over `fds`, which came with the byte at `position`. */
  add(fds: readonly number[], position: number): void {
    if (fds.length === 0) return;
    this.#batches.push({ fds: [...fds], position });
    this.#length += fds.length;
  }

  /** Puts `fds` before all others. */
  putBack(fds: readonly number[], position: number): void {
    if (fds.length === 0) return;
    this.#batches.unshift({ fds: [...fds], position });
    this.#length += fds.length;
  }

  /** Takes the oldest descriptors, at most `count`. */
  take(count: number): number[] {
    const taken: number[] = [];
    for (let batch; taken.length < count && (batch = this.#batches[0]) !== undefined;) {
      taken.push(...batch.fds.splice(0, count - taken.length));
      if (batch.fds.length === 0) this.#batches.shift();
    }
    this.#length -= taken.length;
    return taken;
  }

  /** Takes the descriptors of the bytes before the position `end`. */
  takeBefore(end: number): number[] {
    let count = 0;
    for (const { fds, position } of this.#batches) {
      if (position >= end) break;
      count += fds.length;
    }
    return this.take(count);
  }

  /** Closes the remaining descriptors. */
  close(): void {
    closeAll(this.take(this.#length));
  }
}

/** Closes `fds`, even if some of them are no longer open. */
export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) {
    try {
      close(fd);
    } catch {
      // The program has closed it.
    }
  }
}
