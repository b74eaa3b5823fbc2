/**
 * One end of a pseudo-terminal, read and written without blocking.
 *
 * When the last descriptor of the terminal is closed, the controller still returns what was written before,
 * and then fails with EIO. It reports a hang-up, and its writes would block forever. A terminal that another
 * process keeps open, such as a job in the background, doesn't end. Then {@linkcode PtyEnd.finish} ends it
 * once nothing is left that was written before: a read that would block has waited for data on its way.
 */

import { closeFd, type FdWatch, type Readiness, watch } from "@fdready/fdready";
import { read, write } from "@fdready/fdready/os";
import { createClosedError, hasCode } from "./errors.ts";

/** Bytes that are read or written before other code gets a turn. */
const chunkSize = 65536;

/** More bytes than the kernel keeps between the two ends. */
const kernelCapacity = 262_144;

/** A read that returns fewer bytes has emptied the terminal, which holds up to 4095. */
const shortRead = 2048;

interface PendingWrite {
  readonly data: Uint8Array;
  /** The number of bytes that have been written. */
  written: number;
  readonly done: (error: Error | null) => void;
}

const scratch = new Uint8Array(chunkSize);

/** Owns a descriptor, and reads and writes it. */
export class PtyEnd {
  /** The descriptor. */
  readonly fd: number;
  /** Called when there is something to read, or the end, while reading is on. */
  onReadable: () => void = () => {};
  readonly #watch: FdWatch;
  readonly #queue: PendingWrite[] = [];
  #reading = false;
  #watched = 0;
  /** Bytes to read until the end, once the program has ended. */
  #left = Infinity;
  #closed = false;

  /** Takes over `fd`. */
  constructor(fd: number) {
    this.fd = fd;
    this.#watch = watch(fd, {}, (ready) => this.#onReady(ready));
  }

  /** Whether the descriptor has been closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether {@linkcode PtyEnd.onReadable} is called. */
  get reading(): boolean {
    return this.#reading;
  }
  set reading(on: boolean) {
    if (this.#closed || this.#reading === on) return;
    this.#reading = on;
    this.#updateWatch();
    if (on && this.#left !== Infinity) this.#readToEnd();
  }

  /**
   * Reads what there is into `room`; by default into memory that is used again. Returns the part that was
   * filled; `undefined` if there is nothing yet, `null` at the end.
   */
  read(room: Uint8Array = scratch): Uint8Array | undefined | null {
    let filled = 0;
    while (filled < room.length) {
      const count = this.#readOnce(filled === 0 ? room : room.subarray(filled));
      if (typeof count === "number") filled += count;
      else if (filled > 0) break;
      else return count;
      // There was no more. Later bytes are reported anyway.
      if (filled < shortRead) break;
    }
    return room.subarray(0, filled);
  }

  #readOnce(room: Uint8Array): number | undefined | null {
    if (this.#closed || this.#left <= 0) return this.#endAll();
    try {
      const count = read(this.fd, room);
      if (count === undefined) return this.#left === Infinity ? undefined : this.#endAll();
      this.#left -= count;
      return count === 0 ? this.#endAll() : count;
    } catch (error) {
      if (hasCode(error, "EIO")) return this.#endAll();
      throw error;
    }
  }

  /** After the end of the output, nothing reads the input. */
  #endAll(): null {
    this.#left = 0;
    this.#failWrites(createClosedError());
    return null;
  }

  /** Ends the terminal once everything has been read that has been written by now. */
  finish(): void {
    if (this.#left !== Infinity) return;
    this.#left = kernelCapacity;
    if (this.#reading) this.#readToEnd();
  }

  /** Nothing reports that there is no more to read, so it is tried as long as the reader wants more. */
  #readToEnd(): void {
    setImmediate(() => {
      if (!this.#reading || this.#closed) return;
      this.onReadable();
      this.#readToEnd();
    });
  }

  /** Writes `data` behind all other writes. Calls `done` once it has been written, or has failed. */
  write(data: Uint8Array, done: (error: Error | null) => void): void {
    if (this.#closed || this.#left <= 0) return done(createClosedError());
    this.#queue.push({ data, written: 0, done });
    if (this.#queue.length === 1) this.#flush();
  }

  #flush(): void {
    let budget = chunkSize;
    for (let next; budget > 0 && (next = this.#queue[0]) !== undefined;) {
      const { data, done } = next;
      while (budget > 0 && next.written < data.length) {
        const count = this.#writeOnce(next.written === 0 ? data : data.subarray(next.written));
        // The rest is written when there is room, unless it has failed.
        if (count === undefined) return this.#updateWatch();
        next.written += count;
        budget -= count;
      }
      if (next.written < data.length) break;
      this.#queue.shift();
      done(null);
    }
    this.#updateWatch();
  }

  #writeOnce(data: Uint8Array): number | undefined {
    try {
      return write(this.fd, data);
    } catch (error) {
      this.#failWrites(error as Error);
      return undefined;
    }
  }

  #failWrites(error: Error): void {
    for (const { done } of this.#queue.splice(0)) done(error);
  }

  #onReady({ readable, writable, hangup }: Readiness): void {
    if (hangup) this.#failWrites(createClosedError());
    if (writable) this.#flush();
    if (readable && this.#reading) this.onReadable();
  }

  /** Changes the interest of the watch only if it differs, because that is a system call. */
  #updateWatch(): void {
    if (this.#closed) return;
    const writable = this.#queue.length > 0;
    const watched = (this.#reading ? 1 : 0) | (writable ? 2 : 0);
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#watch.interest({ readable: this.#reading, writable });
  }

  /** Closes the descriptor. Pending writes fail. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    closeFd(this.fd);
    this.#failWrites(createClosedError());
  }
}
