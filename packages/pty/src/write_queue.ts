/** Writes that wait for room in a terminal. */

import { write } from "@fdready/fdready/os";

/** Bytes that are written before other code gets a turn. */
const budgetOfFlush = 65536;

/** Characters of a text that is written without a copy, such as a key. */
const longestText = 256;

const encoder = new TextEncoder();
const textRoom = new Uint8Array(3 * longestText);

/** Called when all bytes have been written, or with the error. */
export type WriteDone = (error: Error | null) => void;

/** One write. */
export interface PendingWrite {
  /** What is left to write. */
  data: Uint8Array;
  /** The number of bytes that have been written. */
  written: number;
  /** Called at the end. */
  done: WriteDone;
  /**
   * A list, because removing the first of many items from an array takes time for each of the
   * others.
   */
  next: PendingWrite | undefined;
}

/** Writes to a descriptor in the order of the calls, without blocking. */
export class WriteQueue {
  readonly #fd: number;
  #first: PendingWrite | undefined;
  #last: PendingWrite | undefined;

  /** Writes to `fd`, which stays the caller's to close. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Adds a write behind all others. */
  add(data: Uint8Array, done: WriteDone): PendingWrite {
    const pending: PendingWrite = { data, written: 0, done, next: undefined };
    if (this.#last === undefined) this.#first = pending;
    else this.#last.next = pending;
    this.#last = pending;
    return pending;
  }

  /**
   * Writes a short `text` as UTF-8 if nothing waits. Adds what there is no room for. Returns
   * whether it did. A key takes 10 µs less than with {@linkcode WriteQueue.add}. (Bun 1.4, x86-64)
   */
  tryText(text: string): boolean {
    if (this.#first !== undefined || text.length > longestText) return false;
    const { written } = encoder.encodeInto(text, textRoom);
    const bytes = textRoom.subarray(0, written);
    const count = this.#write(bytes);
    if (count !== written) this.add(bytes.slice(count ?? 0), () => {});
    return true;
  }

  /** Writes until there is no more room, or other code should get a turn. */
  flush(): void {
    let budget = budgetOfFlush;
    for (let pending; budget > 0 && (pending = this.#first) !== undefined;) {
      const { data } = pending;
      while (budget > 0 && pending.written < data.length) {
        const count = this.#write(pending.written === 0 ? data : data.subarray(pending.written));
        // The rest is written when there is room, unless it has failed.
        if (count === undefined) return;
        pending.written += count;
        budget -= count;
      }
      if (pending.written < data.length) return;
      this.#first = pending.next;
      if (this.#first === undefined) this.#last = undefined;
      pending.done(null);
    }
  }

  #write(data: Uint8Array): number | undefined {
    try {
      return write(this.#fd, data);
    } catch (error) {
      this.fail(error as Error);
      return undefined;
    }
  }

  /** Gives up the rest of a write, which ends with `error`. */
  cancel(pending: PendingWrite, error: Error): void {
    const { done } = pending;
    pending.data = pending.data.subarray(0, pending.written);
    pending.done = () => {};
    done(error);
  }

  /** Ends all writes with `error`. */
  fail(error: Error): void {
    let pending = this.#first;
    this.#first = undefined;
    this.#last = undefined;
    for (; pending !== undefined; pending = pending.next) pending.done(error);
  }
}
