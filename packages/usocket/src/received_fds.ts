/** Descriptors that have arrived but were not taken yet, and the bytes to which they belong. */

import { close } from "@fdready/fdready/os";

interface Batch {
  readonly fds: number[];
  /** The position in the stream of the byte that they came with. */
  readonly at: number;
}

/** Owns the descriptors in it: `close` closes those that were not taken. */
export class ReceivedFds {
  #batches: Batch[] = [];
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Takes over `fds`, which came with the byte at the position `at`. */
  add(fds: readonly number[], at: number): void {
    if (fds.length === 0) return;
    this.#batches.push({ fds: [...fds], at });
    this.#length += fds.length;
  }

  /** Puts `fds` before all others. */
  putBack(fds: readonly number[], at: number): void {
    if (fds.length === 0) return;
    this.#batches.unshift({ fds: [...fds], at });
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

  /** Takes the descriptors that came with bytes before the position `end`. */
  takeBefore(end: number): number[] {
    let count = 0;
    for (const { fds, at } of this.#batches) {
      if (at >= end) break;
      count += fds.length;
    }
    return this.take(count);
  }

  /** Closes all that are left. */
  close(): void {
    closeAll(this.take(this.#length));
  }
}

/** Closes `fds`, even if one of them isn't open any more. */
export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) {
    try {
      close(fd);
    } catch {
      // The program has closed it itself.
    }
  }
}
