/** Reading and writing a descriptor once it is ready. */

import { setImmediate } from "node:timers";
import { inspect } from "node:util";
import { defaultManager, notifyClosing } from "../manager/default_manager.ts";
import type { EpollIOManager, WaitOptions } from "../manager/epoll_io_manager.ts";
import { BusyResourceError, ClosedResourceError } from "../manager/errors.ts";
import { toFd } from "../ffi/fd_like.ts";
import { close, read, setNonblocking, write } from "../os/file.ts";
import { byteStream } from "./readable.ts";
import { byteSink } from "./writable.ts";

/** How an {@linkcode FdStream} waits. */
export interface FdStreamOptions {
  /** Who waits for the descriptor; the default manager unless told. */
  readonly manager?: EpollIOManager;
}

/** Reads or writes in a row, none of which had to wait, before the event loop gets its turn. */
const budget = 64;

/**
 * A descriptor that is read and written without blocking, as bytes or as web streams. Each operation
 * is tried first, and waits only if it would block.
 *
 * Reading and writing may go on at the same time; two reads, or two writes, may not.
 *
 * @example Talking to oneself
 * ```ts
 * import { FdStream } from "@fdready/fdready";
 * import { socketpair } from "@fdready/fdready/os";
 *
 * const [one, other] = socketpair();
 * using near = new FdStream(one);
 * using far = new FdStream(other);
 * await near.writeAll(new TextEncoder().encode("hello"));
 * const buffer = new Uint8Array(64);
 * const count = await far.read(buffer); // 5; null at the end
 * console.log(new TextDecoder().decode(buffer.subarray(0, count ?? 0))); // hello
 * ```
 *
 * @example Lines from a serial port, a socket or a pipe
 * ```ts
 * import { FdStream } from "@fdready/fdready";
 * import { close, pipe, write } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * write(to, new TextEncoder().encode("one two"));
 * close(to);
 * const stream = new FdStream(from);
 * for await (const text of stream.readable.pipeThrough(new TextDecoderStream())) {
 *   console.log(text); // one two
 * }
 * stream.close();
 * ```
 */
export class FdStream implements Disposable {
  #fd: number;
  readonly #manager: EpollIOManager | undefined;
  readonly #wasNonblocking: boolean;
  readonly #reading = { busy: false, immediate: 0 };
  readonly #writing = { busy: false, immediate: 0 };
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  readonly #ended = { readable: false, writable: false };

  /**
   * Takes over `fd` and makes its open file nonblocking.
   *
   * @param fd The descriptor's number. From here on it is the stream's to close.
   * @param options Who waits for it.
   * @throws {SystemError} `EBADF`, if `fd` isn't open.
   * @throws {TypeError} If `fd` is no descriptor.
   */
  constructor(fd: number, options: FdStreamOptions = {}) {
    this.#wasNonblocking = setNonblocking(toFd(fd), true);
    this.#fd = fd;
    this.#manager = options.manager;
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Reads what is there, or what comes next. A read that is aborted takes no bytes.
   *
   * @param buffer Where to put it.
   * @param options A signal that can end the read while it waits.
   * @returns The number of bytes, at least 1, or `null` at the end of the file.
   * @throws {BusyResourceError} If another read is pending.
   * @throws {ClosedResourceError} If the stream is closed, or gets closed.
   * @throws {SystemError} As read(2): `ECONNRESET`, `EISDIR`, `EIO` and others.
   * @throws {TypeError} If there is no room in `buffer`, or it is detached.
   *
   * @example
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   *
   * const [from, to] = pipe();
   * using reader = new FdStream(from);
   * using writer = new FdStream(to);
   * const reading = reader.read(new Uint8Array(16));
   * await writer.writeAll(new Uint8Array([1, 2, 3]));
   * console.log(await reading); // 3
   * ```
   */
  async read(buffer: Uint8Array, options?: WaitOptions): Promise<number | null> {
    if (buffer.byteLength === 0) throw new TypeError("There is no room to read into: 0 bytes");
    const turn = this.#begin(this.#reading, "read", options);
    try {
      if (turn.immediate++ >= budget) await this.#yield(turn, options);
      for (;;) {
        this.#throwIfClosed();
        const count = read(this.#fd, buffer);
        if (count !== undefined) return count === 0 ? null : count;
        await this.#waiter().waitReadable(this.#fd, options);
        turn.immediate = 0;
      }
    } finally {
      turn.busy = false;
    }
  }

  /**
   * Writes as much as goes, having waited until something does.
   *
   * @param data What to write.
   * @param options A signal that can end the write while it waits.
   * @returns The number of bytes, maybe fewer than given.
   * @throws {BusyResourceError} If another write is pending.
   * @throws {ClosedResourceError} If the stream is closed, or gets closed.
   * @throws {SystemError} As write(2): `EPIPE` if nobody can read it any more.
   * @throws {TypeError} If `data` is detached.
   *
   * @example
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   *
   * const [from, to] = pipe();
   * using _reader = new FdStream(from);
   * using writer = new FdStream(to);
   * console.log(await writer.write(new Uint8Array(1_000_000))); // 65536, the pipe's capacity
   * ```
   */
  async write(data: Uint8Array, options?: WaitOptions): Promise<number> {
    const turn = this.#begin(this.#writing, "write", options);
    try {
      return await this.#writeSome(data, options);
    } finally {
      turn.busy = false;
    }
  }

  /**
   * Writes all of `data`, waiting as often as it takes. If it fails or is aborted, some of it may have
   * been written.
   *
   * @param data What to write.
   * @param options A signal that can end the write while it waits.
   * @returns What resolves, to nothing, once the last byte has been written.
   * @throws {BusyResourceError} If another write is pending.
   * @throws {ClosedResourceError} If the stream is closed, or gets closed.
   * @throws {SystemError} As write(2): `EPIPE` if nobody can read it any more.
   * @throws {TypeError} If `data` is detached.
   *
   * @example
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { socketpair } from "@fdready/fdready/os";
   *
   * const [one, other] = socketpair();
   * using near = new FdStream(one);
   * using far = new FdStream(other);
   * const sent = near.writeAll(new Uint8Array(1_000_000));
   * let received = 0;
   * const buffer = new Uint8Array(65536);
   * while (received < 1_000_000) received += (await far.read(buffer)) ?? 0;
   * await sent;
   * ```
   */
  async writeAll(data: Uint8Array, options?: WaitOptions): Promise<void> {
    const turn = this.#begin(this.#writing, "write", options);
    try {
      let written = await this.#writeSome(data, options);
      while (written < data.byteLength) {
        written += await this.#writeSome(data.subarray(written), options);
      }
    } finally {
      turn.busy = false;
    }
  }

  /**
   * What comes, as a byte stream: BYOB readers work. Nothing is read before it is asked for. To cancel
   * it closes the descriptor; its end doesn't, unless `writable` has been closed before.
   *
   * @example
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { close, pipe, write } from "@fdready/fdready/os";
   *
   * const [from, to] = pipe();
   * write(to, new TextEncoder().encode("hello"));
   * close(to);
   * using stream = new FdStream(from);
   * console.log(await new Response(stream.readable).text()); // hello
   * ```
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= byteStream({
      readNow: (buffer) => this.#readNow(buffer),
      read: (buffer) => this.read(buffer),
      onEnd: () => this.#endOf("readable"),
      close: () => this.close(),
    });
  }

  /**
   * What goes, with backpressure: a chunk is done when its last byte has been written. To close it
   * ends the sending direction of a socket, and closes the descriptor if nothing is left to read by
   * `readable`. To abort it closes the descriptor at once.
   *
   * @example
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe, read } from "@fdready/fdready/os";
   *
   * const [from, to] = pipe();
   * const stream = new FdStream(to);
   * await new Response("hello").body?.pipeTo(stream.writable); // closes it
   * console.log(read(from, new Uint8Array(64))); // 5
   * ```
   */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= byteSink(this, () => this.#endOf("writable"));
  }

  /**
   * Closes the descriptor, having restored whether its file blocks. Whoever reads or writes gets a
   * {@linkcode ClosedResourceError}. Idempotent.
   *
   * @example
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   *
   * const [from] = pipe();
   * const stream = new FdStream(from);
   * const reading = stream.read(new Uint8Array(64));
   * stream.close();
   * await reading.catch((error) => console.log(error.name)); // ClosedResourceError
   * ```
   */
  close(): void {
    if (this.#fd === -1) return;
    const fd = this.#fd;
    this.#fd = -1;
    // A stream that never waited needs no default manager to be made for its end.
    (this.#manager ?? { notifyClosing }).notifyClosing(fd);
    try {
      if (!this.#wasNonblocking) setNonblocking(fd, false);
    } finally {
      close(fd);
    }
  }

  /** Does what {@linkcode FdStream.close} does. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** One of the two web streams has come to its end: closes if the other isn't in use either. */
  #endOf(direction: "readable" | "writable"): void {
    this.#ended[direction] = true;
    const { readable, writable } = this.#ended;
    if (writable && (readable || this.#readable === undefined)) this.close();
  }

  #waiter(): EpollIOManager {
    return this.#manager ?? defaultManager();
  }

  #begin(turn: Turn, what: string, options: WaitOptions | undefined): Turn {
    this.#throwIfClosed();
    options?.signal?.throwIfAborted();
    if (turn.busy) {
      throw new BusyResourceError(`Another ${what} of fd ${this.#fd} is pending`);
    }
    turn.busy = true;
    return turn;
  }

  /** As {@linkcode FdStream.read}, but `undefined` where it would have to wait for anything. */
  #readNow(buffer: Uint8Array): number | null | undefined {
    const turn = this.#begin(this.#reading, "read", undefined);
    turn.busy = false;
    if (turn.immediate >= budget) return undefined;
    const count = read(this.#fd, buffer);
    if (count === undefined) return undefined;
    turn.immediate++;
    return count === 0 ? null : count;
  }

  async #writeSome(data: Uint8Array, options: WaitOptions | undefined): Promise<number> {
    const turn = this.#writing;
    if (turn.immediate++ >= budget) await this.#yield(turn, options);
    for (;;) {
      this.#throwIfClosed();
      throwIfDetached(data);
      const count = write(this.#fd, data);
      if (count !== undefined) return count;
      await this.#waiter().waitWritable(this.#fd, options);
      turn.immediate = 0;
    }
  }

  /** Lets the event loop run, since a descriptor that is always ready never does. */
  async #yield(turn: Turn, options: WaitOptions | undefined): Promise<void> {
    turn.immediate = 0;
    await new Promise((resolve) => setImmediate(resolve));
    options?.signal?.throwIfAborted();
  }

  #throwIfClosed(): void {
    if (this.#fd === -1) throw new ClosedResourceError("The stream is closed");
  }
}

/** One direction. */
interface Turn {
  busy: boolean;
  /** Operations in a row that didn't have to wait. */
  immediate: number;
}

function throwIfDetached(data: Uint8Array): void {
  if (data.byteLength === 0 && (data.buffer as ArrayBuffer).detached) {
    throw new TypeError(`There is nothing to write, the buffer is detached: ${inspect(data)}`);
  }
}
