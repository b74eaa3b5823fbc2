/**
 * One end of a pseudo-terminal, read and written without blocking.
 *
 * When the last descriptor of the terminal is closed, the controller still returns what was written
 * before, and then fails with EIO. It reports a hang-up, and its writes would block forever. A
 * running program may have closed its terminal, perhaps just before its end. If the controller were
 * closed now, the program would get SIGHUP, and end with that signal instead of its exit code. So
 * the hang-up is the end only once the program has ended, too.
 *
 * A terminal that another process keeps open, such as a job in the background, doesn't end. Then
 * {@linkcode PtyEnd.finish} ends it once nothing is left that was written before: a read that would
 * block has waited for data on its way.
 */

import { closeFd, type FdWatch, type Readiness, watch } from "@fdready/fdready";
import { read } from "@fdready/fdready/os";
import { createClosedError, hasCode } from "./errors.ts";
import { type PendingWrite, type WriteDone, WriteQueue } from "./write_queue.ts";

/** Bytes that are read before other code gets a turn. */
const chunkSize = 65536;

/** More bytes than the kernel keeps between the two ends. */
const kernelCapacity = 262_144;

/** A read that returns fewer bytes has emptied the terminal, which holds up to 4095. */
const shortRead = 2048;

/**
 * How often a running program is expected to open its terminal again, in ms. Nothing reports that.
 */
const reopeningInterval = 100;

/** Echoes to read right after their keys before other code gets a turn. Each takes some µs. */
const echoesPerEvent = 8;

const scratch = new Uint8Array(chunkSize);

/** Owns a descriptor, and reads and writes it. */
export class PtyEnd {
  /** The descriptor. */
  readonly fd: number;
  /**
   * Called when there is something to read, or the end, while reading is on. Called at the close,
   * too.
   */
  onReadable: () => void = () => {};
  readonly #watch: FdWatch;
  readonly #writes: WriteQueue;
  #reading = false;
  #watched = 0;
  #echoesLeft = echoesPerEvent;
  #programRuns = false;
  #reopening: ReturnType<typeof setTimeout> | undefined;
  /** Bytes to read until the end, once the program has ended. */
  #left = Infinity;
  #closed = false;

  /** Takes over `fd`. */
  constructor(fd: number) {
    this.fd = fd;
    this.#writes = new WriteQueue(fd);
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
   * Whether a program runs that may open the terminal again after a hang-up. By default there is
   * none.
   */
  get programRuns(): boolean {
    return this.#programRuns;
  }
  set programRuns(on: boolean) {
    this.#programRuns = on;
    if (on || this.#reopening === undefined) return;
    this.#stopWaiting();
    queueMicrotask(this.#reportReadable);
  }

  readonly #reportReadable = (): void => {
    if (this.#reading) this.onReadable();
  };

  /**
   * Reads what there is into `room`; by default into memory that is used again. Returns the part
   * that was filled; `undefined` if there is nothing yet, `null` at the end.
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
      if (!hasCode(error, "EIO")) throw error;
      return this.#programRuns ? this.#waitForReopening() : this.#endAll();
    }
  }

  /** After the end of the output, nothing reads the input. */
  #endAll(): null {
    this.#left = 0;
    this.#writes.fail(createClosedError());
    return null;
  }

  #waitForReopening(): undefined {
    this.#reopening ??= setTimeout(() => this.#stopWaiting(), reopeningInterval);
    this.#writes.fail(createClosedError());
    this.#updateWatch();
  }

  #stopWaiting(): void {
    clearTimeout(this.#reopening);
    this.#reopening = undefined;
    this.#updateWatch();
  }

  /** Ends the terminal once everything has been read that has been written by now. */
  finish(): void {
    if (this.#left !== Infinity) return;
    this.#left = kernelCapacity;
    if (this.#reading) this.#readToEnd();
  }

  /**
   * Nothing reports that there is no more to read, so it is tried as long as the reader wants more.
   */
  #readToEnd(): void {
    setImmediate(() => {
      if (!this.#reading || this.#closed) return;
      try {
        this.onReadable();
      } finally {
        this.#readToEnd();
      }
    });
  }

  /**
   * Writes `data` behind all other writes. Calls `done` once it has been written, or has failed.
   */
  write(data: Uint8Array, done: WriteDone): PendingWrite | undefined {
    if (this.#closed || this.#left <= 0) return void done(createClosedError());
    const isFirst = this.#writes.isEmpty;
    const pending = this.#writes.add(data, done);
    if (isFirst) this.#flush();
    return pending;
  }

  /**
   * Writes a short text, as {@linkcode WriteQueue.tryText}. If it is a key, its echo is there a few
   * microseconds later: a read before the event loop's next turn waits for the kernel's work on it,
   * if there is any. That takes 27 µs, instead of 44, on a busy machine. (Node 26, x86-64)
   *
   * Done a few times for each event, so that a listener that answers each echo with a key leaves
   * time for other code.
   */
  tryText(text: string): boolean {
    if (this.#closed || this.#left <= 0 || !this.#writes.tryText(text)) return false;
    this.#updateWatch();
    if (this.#echoesLeft-- > 0) queueMicrotask(this.#reportReadable);
    return true;
  }

  /** Gives up the rest of a write, which ends with `error`. */
  cancelWrite(pending: PendingWrite, error: Error): void {
    this.#writes.cancel(pending, error);
  }

  #flush(): void {
    this.#writes.flush();
    this.#updateWatch();
  }

  #onReady({ readable, writable, hangup }: Readiness): void {
    this.#echoesLeft = echoesPerEvent;
    if (hangup) this.#writes.fail(createClosedError());
    if (writable) this.#flush();
    if (readable) this.#reportReadable();
  }

  /** Changes the interest of the watch only if it differs, because that is a system call. */
  #updateWatch(): void {
    if (this.#closed) return;
    const readable = this.#reading && this.#reopening === undefined;
    const writable = !this.#writes.isEmpty;
    const watched = (readable ? 1 : 0) | (writable ? 2 : 0);
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#watch.interest({ readable, writable });
  }

  /** Closes the descriptor. Pending writes fail. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#reopening);
    this.#watch.close();
    closeFd(this.fd);
    this.#writes.fail(createClosedError());
    this.#reportReadable();
  }
}
