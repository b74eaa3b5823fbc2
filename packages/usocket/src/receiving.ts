/** The receiving side of a USocket: when to receive, and for whom. */

import { FIONREAD, ioctl } from "@fdready/fdready/os";
import type { AsyncResource } from "node:async_hooks";
import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { asError, createError } from "./errors.ts";
import { ReceivedFds } from "./received_fds.ts";
import { Receiver } from "./receiver.ts";
import { maxTurnTime } from "./turn.ts";
import type { UData } from "./types.ts";

/** How many chunks are received before other tasks run. */
const maxRounds = 16;

/** The number of unread descriptors that stops receiving ahead of the reader. */
const fdHighWaterMark = 64;

/** Pushes received bytes into a stream, and stores the descriptors that come with them. */
export class Receiving {
  readonly #stream: Duplex;
  readonly #context: AsyncResource;
  readonly #fds: ReceivedFds;
  readonly #receiver = new Receiver();
  #fd: number | undefined;
  /** Whether the stream has requested more bytes. */
  #readRequested = false;
  /**
   * The position up to which a reader has asked for bytes that weren't there; Infinity if it asked
   * for descriptors. Such a reader gets another `"readable"`.
   */
  #readTarget = 0;
  #isReceiving = false;

  /**
   * Creates an idle receiver. {@linkcode Receiving.start} starts it.
   *
   * @param stream The stream for the bytes.
   * @param context The context for the stream's events.
   * @param maxFds The largest number of unread descriptors.
   */
  constructor(stream: Duplex, context: AsyncResource, maxFds: number) {
    this.#stream = stream;
    this.#context = context;
    this.#fds = new ReceivedFds(maxFds);
  }

  /** The largest number of unread descriptors. */
  get maxFds(): number {
    return this.#fds.limit;
  }

  /** Begins to receive from `fd`. */
  start(fd: number): void {
    this.#fd = fd;
  }

  /** Receives nothing more, and closes the unread descriptors. */
  stop(): void {
    this.#fd = undefined;
    this.#fds.close();
  }

  /** Notes that the stream needs more bytes. */
  request(): void {
    this.#readRequested = true;
  }

  /** Whether to wait for more bytes. */
  get wantsMore(): boolean {
    const { readableLength, readableFlowing } = this.#stream;
    if (!this.#readRequested || this.#fd === undefined || this.#receiver.isAtEnd) return false;
    if (this.#receiver.position < this.#readTarget || readableLength === 0) return true;
    if (this.#receiver.mayCarryFds && !readableFlowing) return false;
    return this.#fds.length < fdHighWaterMark;
  }

  /** Receives a few chunks. */
  receive(): void {
    // A listener may read, but must not get bytes before the event for their descriptors.
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    const deadline = performance.now() + maxTurnTime;
    try {
      for (let round = 0; round < maxRounds && this.wantsMore; round++) {
        // In flowing mode, data is emitted at once.
        const maxBytes = this.#stream.readableFlowing ? Infinity : 1;
        if (!this.#receiveChunk(this.#fd!, maxBytes) || performance.now() > deadline) return;
      }
    } finally {
      this.#isReceiving = false;
    }
  }

  /** Returns whether there may be more. Throws only the errors of listeners. */
  #receiveChunk(fd: number, maxBytes: number): boolean {
    let chunk;
    try {
      chunk = this.#receiver.receive(fd, maxBytes);
    } catch (error) {
      this.#stream.destroy(asError(error));
    }
    if (chunk === undefined) return false;
    const { data, fds, isTruncated } = chunk;
    this.#fds.add(fds, this.#receiver.position - data.length);
    if (isTruncated) {
      const message = "Descriptors were lost: the process has reached its limit of open files";
      this.#stream.destroy(createError("EMFILE", message));
      return false;
    }
    if (fds.length > 0) this.#readTarget = 0;
    if (data.length === 0) {
      this.#stream.push(null);
      // A stream notices its end only in a read.
      this.#stream.read(0);
      return false;
    }
    try {
      if (fds.length > 0) this.#stream.emit("fds", [...fds]);
    } finally {
      if (!this.#stream.destroyed) this.#readRequested = this.#stream.push(data);
    }
    try {
      this.#fds.checkLimit();
      return true;
    } catch (error) {
      this.#stream.destroy(asError(error));
      return false;
    }
  }

  /** The position up to which bytes have been read. */
  get #readPosition(): number {
    // With an encoding, unread text can't be counted in bytes.
    const { readableEncoding, readableLength } = this.#stream;
    return readableEncoding === null ? this.#receiver.position - readableLength : Infinity;
  }

  /** Reads bytes and descriptors: both, or neither. */
  readBoth(size: number | null | undefined, fdSize: number | null): UData | null {
    if (fdSize !== null && this.#fds.length < fdSize) {
      const isShort = typeof size === "number" && size > this.#stream.readableLength;
      if (isShort) this.#receiveMissing(size);
      if (this.#fds.length < fdSize) {
        // If there are enough bytes, the missing descriptors come after them.
        this.#read(isShort && !this.#receiver.isAtEnd ? size : 0);
        this.#readTarget = isShort ? this.#targetFor(size) : Infinity;
        return null;
      }
    }
    // Without a size, newer streams read one chunk only.
    const data = this.readBytes(size ?? (this.#stream.readableLength || undefined));
    if (data === null && typeof size === "number" && size > 0) return null;
    const fds = fdSize !== null
      ? this.#fds.take(fdSize)
      : this.#fds.takeBefore(size === 0 ? Infinity : this.#readPosition);
    const isEmpty = data === null && fds.length === 0;
    return isEmpty && (size !== 0 || fdSize === null) ? null : { data, fds };
  }

  /** Reads bytes. */
  readBytes(size: number | null | undefined): Buffer | null {
    const count = size ?? undefined;
    const missing = (count ?? 1) - this.#stream.readableLength;
    if (!(missing > 0) || this.#receiver.isAtEnd) {
      if (count !== 0) this.#readTarget = 0;
      return this.#read(count);
    }
    this.#receiveMissing(count);
    const data = this.#read(count);
    this.#readTarget = data === null ? this.#targetFor(count ?? 1) : 0;
    return data;
  }

  /** The position of the last of `count` unread bytes. */
  #targetFor(count: number): number {
    return this.#receiver.position + count - this.#stream.readableLength;
  }

  #read(size?: number): Buffer | null {
    return Duplex.prototype.read.call(this.#stream, size);
  }

  /**
   * Receives the bytes that are missing from `size`, if all of them are there. Otherwise receives
   * only bytes of a single message, so that a reader that polls in a loop makes progress too.
   */
  #receiveMissing(size?: number): void {
    const fd = this.#fd;
    const { readableLength } = this.#stream;
    if (fd === undefined || this.#isReceiving) return;
    if (!this.#receiver.mayCarryFds && (size === undefined || readableLength === 0)) return;
    const missing = size === undefined ? Infinity : size - readableLength;
    this.#isReceiving = true;
    try {
      // The listeners of events must not run in the reader's context.
      this.#context.runInAsyncScope(this.#receiveNow, this, fd, missing);
    } finally {
      this.#isReceiving = false;
    }
  }

  #receiveNow(fd: number, missing: number): void {
    if (missing === Infinity || missing > countReadable(fd)) {
      this.#receiveChunk(fd, missing === Infinity ? Infinity : 1);
      return;
    }
    const end = this.#receiver.position + missing;
    while (this.#receiver.position < end && !this.#stream.destroyed) {
      if (!this.#receiveChunk(fd, end - this.#receiver.position)) return;
    }
  }

  /** Takes the oldest descriptors, at most `count`. */
  takeFds(count: number): number[] {
    return this.#fds.take(count);
  }

  /** Puts descriptors back, to be read next. */
  putBackFds(fds: readonly number[]): void {
    const position = Math.max(this.#readPosition, 0);
    this.#fds.putBack(fds, Number.isFinite(position) ? position : 0);
    if (this.#stream.destroyed) this.#fds.close();
  }
}

function countReadable(fd: number): number {
  const count = new Int32Array(1);
  ioctl(fd, FIONREAD, count);
  return count[0] ?? 0;
}
