/** Reading and writing a descriptor once it is ready. */

import { bytesFrom, getByteLength, memoryGoneError, toBytes } from "../ffi/bytes.ts";
import { checkObject, type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { setImmediate } from "../runtime/globals.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import { defaultManager } from "../manager/default_manager.ts";
import { EpollIOManager } from "../manager/epoll_io_manager.ts";
import { checkOptions, type WaitOptions } from "../manager/options.ts";
import { BusyResourceError, ClosedResourceError } from "../manager/errors.ts";
import { checkRoom } from "../os/read_write.ts";
import { HeldFile } from "./held_file.ts";
import type { OpenFile } from "./open_file.ts";
import { byteSink, byteStream, canBeRead, endSending } from "./web_streams.ts";

/** How an {@linkcode FdStream} waits. */
export interface FdStreamOptions {
  /** The manager that waits for the descriptor. The default is the default manager. */
  readonly manager?: EpollIOManager;
}

/**
 * How many reads or writes that need no wait follow each other before the event loop gets its
 * turn.
 */
const budget = 64;

/**
 * Reads and writes a descriptor without blocking, as bytes or as web streams. Each operation is
 * tried first, and waits only if it would block.
 *
 * A read and a write may be pending at the same time, but not two reads or two writes.
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
 * write(to, new TextEncoder().encode("one\ntwo\nthr"));
 * write(to, new TextEncoder().encode("ee\n"));
 * close(to);
 * using stream = new FdStream(from);
 * let rest = ""; // a chunk may end in the middle of a line
 * for await (const text of stream.readable.pipeThrough(new TextDecoderStream())) {
 *   const lines = (rest + text).split("\n");
 *   rest = lines.pop()!;
 *   for (const line of lines) console.log(line); // one, then two, then three
 * }
 * ```
 */
export class FdStream implements Disposable {
  readonly #manager: EpollIOManager | undefined;
  readonly #file: OpenFile;
  readonly #held: HeldFile;
  /**
   * The object that was given. It is kept since the garbage collector may close its descriptor
   * otherwise.
   */
  readonly #source: FdLike;
  /** Tells the garbage collector's callback that this stream was closed. */
  readonly #keep: () => void;
  readonly #reading: Turn = { pending: undefined, immediate: 0 };
  readonly #writing: Turn = { pending: undefined, immediate: 0 };
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<ArrayBufferView> | undefined;
  /** Whether {@linkcode FdStream.read} was ever called. */
  #wasRead = false;
  readonly #ended = { readable: false, writable: false };

  /**
   * Takes over `fd`. A socket, and a file that is always ready, stay as they are. A terminal or
   * pipe is opened again for the stream alone, which takes a second descriptor. Other devices, and
   * terminals and pipes that can't be opened again, are made nonblocking until
   * {@linkcode FdStream.close}, which other programs that share the open file may notice. The
   * garbage collector closes a stream that your program can no longer reach, except for the
   * descriptors 0, 1 and 2.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`. The stream closes it from
   * now on.
   * @param options The manager that waits for it.
   * @throws {SystemError} `EBADF` if `fd` isn't open; `EMFILE` or `ENFILE` if it needs a second
   * descriptor, be it for a moment, and none is left. A socket needs none.
   * @throws {TypeError} If `fd` isn't a descriptor, is a socket but not a `SOCK_STREAM`, or if an
   * option has a wrong value.
   */
  constructor(fd: FdLike, options: FdStreamOptions = {}) {
    const manager = managerOf(options);
    this.#source = fd;
    this.#held = new HeldFile(toFd(fd), manager);
    this.#file = this.#held.file;
    this.#manager = manager;
    const held = this.#held;
    this.#keep = closeOnFinalization(this, { close: () => held.closeUnlessStandard() });
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#held.fd;
  }

  /**
   * Reads what is there, or waits for what comes next. A read that is aborted takes no bytes.
   *
   * @param buffer Where to put the bytes: a typed array or a DataView.
   * @param options A signal that ends the read. If it has aborted before, nothing is read. Reads
   * that need no wait let the event loop run now and then, so that a timeout can abort it.
   * @returns The number of bytes, at least 1, or `null` at the end of the file. If `writable` was
   * closed before, the end closes the descriptor.
   * @throws {BusyResourceError} If another read is pending.
   * @throws {ClosedResourceError} If the stream is closed, or gets closed.
   * @throws {SystemError} As read(2): `ECONNRESET`, `EISDIR`, `EIO` and others.
   * @throws {TypeError} If `buffer` isn't a view of memory or has no bytes, or if it is detached
   * or its memory shrinks before there is something to read.
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
  async read(buffer: ArrayBufferView, options?: WaitOptions): Promise<number | null> {
    const bytes = toBytes(buffer);
    checkRoom(getByteLength(bytes));
    const settled = settle(options);
    const turn = this.#begin(this.#reading, "read", settled);
    this.#wasRead = true;
    try {
      if (turn.immediate++ >= budget) await this.#yield(turn, settled);
      for (;;) {
        this.#throwIfClosed();
        const count = this.#file.read(bytes);
        if (count === 0) this.#endOf("readable");
        if (count !== undefined) return count === 0 ? null : count;
        await this.#waiter().waitReadable(this.#file.fd, settled);
        settled.signal?.throwIfAborted();
        turn.immediate = 0;
      }
    } finally {
      end(turn, settled);
    }
  }

  /**
   * Writes as much as the descriptor takes without blocking. Waits first if it takes nothing yet.
   *
   * @param data What to write: a typed array or a DataView, taken as its bytes.
   * @param options A signal that ends the write. If it has aborted before, nothing is written.
   * @returns The number of bytes written, maybe fewer than given.
   * @throws {BusyResourceError} If another write is pending.
   * @throws {ClosedResourceError} If the stream is closed, or gets closed.
   * @throws {SystemError} As write(2): `EPIPE` if nobody can read it any more.
   * @throws {TypeError} If `data` isn't a view of memory, or if it is detached or its memory
   * shrinks while it is being written.
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
  async write(data: ArrayBufferView, options?: WaitOptions): Promise<number> {
    const bytes = toBytes(data);
    const settled = settle(options);
    const turn = this.#begin(this.#writing, "write", settled);
    try {
      return await this.#writeSome(bytes, 0, getByteLength(bytes), settled);
    } finally {
      end(turn, settled);
    }
  }

  /**
   * Writes all of `data`, waiting as often as it takes. If it fails or is aborted, some of it may have
   * been written.
   *
   * @param data What to write: a typed array or a DataView, taken as its bytes.
   * @param options A signal that ends the write. If it has aborted before, nothing is written.
   * @returns A promise that resolves once the last byte has been written.
   * @throws {BusyResourceError} If another write is pending.
   * @throws {ClosedResourceError} If the stream is closed, or gets closed.
   * @throws {SystemError} As write(2): `EPIPE` if nobody can read it any more.
   * @throws {TypeError} If `data` isn't a view of memory, or if it is detached or its memory
   * shrinks while it is being written.
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
  async writeAll(data: ArrayBufferView, options?: WaitOptions): Promise<void> {
    const bytes = toBytes(data);
    const length = getByteLength(bytes);
    const settled = settle(options);
    const turn = this.#begin(this.#writing, "write", settled);
    try {
      let written = 0;
      do written += await this.#writeSome(bytes, written, length, settled); while (
        written < length
      );
    } finally {
      end(turn, settled);
    }
  }

  /**
   * What the descriptor sends, as a byte stream, for BYOB readers too. Nothing is read before a
   * reader asks for it. Canceling it closes the descriptor for both directions, and so does an
   * error. A `break` out of `for await` cancels it, unless the loop is over
   * `readable.values({ preventCancel: true })`. Its end closes the descriptor only if `writable` was
   * closed before. To read with a signal, use {@linkcode FdStream.read}, but not after a reader of
   * `readable` was released while it was reading: what comes next goes to `readable`.
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
      onError: (error) => this.#failed(error),
      close: () => this.close(),
    });
  }

  /**
   * Writes to the descriptor, with backpressure: a chunk is done once its last byte has been
   * written. Chunks are typed arrays or DataViews, taken as their bytes.
   *
   * Closing it shuts down the sending direction of a socket. You can go on reading the socket; its
   * end closes the descriptor. If the descriptor isn't a socket, closing `writable` closes it at
   * once, unless you have used `readable` or `read()`: then its end does. Aborting `writable`
   * closes the descriptor at once for both directions, and so does an error, as with the runtimes'
   * own sockets: after an `EPIPE`, data that has not been read is lost.
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
  get writable(): WritableStream<ArrayBufferView> {
    return this.#writable ??= byteSink({
      writeAll: (data, options) => this.writeAll(data, options),
      onEnd: () => this.#endOfWriting(),
      onError: (error) => this.#failed(error),
      close: () => this.close(),
    });
  }

  /**
   * Closes the descriptor. Pending reads and writes reject with {@linkcode ClosedResourceError}.
   * Idempotent.
   *
   * The numbers 0, 1 and 2 stand for `/dev/null` afterwards. Otherwise the next file that is
   * opened would get the number, and with it everything that the program prints. To go on printing,
   * give the stream a duplicate, such as `dup(1)`.
   *
   * @throws {SystemError} As close(2): `EBADF` if other code has closed the descriptor.
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
    this.#keep();
    this.#held.close();
  }

  /** The same as {@linkcode FdStream.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** One direction has ended. Closes the descriptor if both have. */
  #endOf(direction: "readable" | "writable"): void {
    this.#ended[direction] = true;
    if (this.#ended.readable && this.#ended.writable) this.close();
  }

  #endOfWriting(): void {
    if (this.fd === -1) return;
    const wasUsed = this.#wasRead || this.#readable !== undefined;
    const mayBeRead = endSending(this.fd) || (wasUsed && canBeRead(this.fd));
    if (!mayBeRead) this.#ended.readable = true;
    this.#endOf("writable");
  }

  /** A web stream has failed. Its user may have no other means to close the descriptor. */
  #failed(error: unknown): void {
    // Closed by other code already.
    if (error instanceof BusyResourceError) return;
    try {
      this.close();
    } catch {
      // The first error is the one to report.
    }
  }

  #waiter(): EpollIOManager {
    return this.#manager ?? defaultManager();
  }

  #begin(turn: Turn, what: string, options: WaitOptions): Turn {
    this.#throwIfClosed();
    options.signal?.throwIfAborted();
    if (turn.pending !== undefined && turn.pending.signal?.aborted !== true) {
      throw new BusyResourceError(`Another ${what} of fd ${this.fd} is pending`);
    }
    turn.pending = options;
    return turn;
  }

  /** As {@linkcode FdStream.read}, but returns `undefined` instead of waiting. */
  #readNow(buffer: Uint8Array): number | null | undefined {
    const turn = this.#begin(this.#reading, "read", noOptions);
    end(turn, noOptions);
    if (turn.immediate >= budget) return undefined;
    const count = this.#file.read(buffer);
    if (count === undefined) return undefined;
    turn.immediate++;
    return count === 0 ? null : count;
  }

  /** Writes from `start` on. `length` is the length that `data` had at the call. */
  async #writeSome(
    data: Uint8Array,
    start: number,
    length: number,
    options: WaitOptions,
  ): Promise<number> {
    const turn = this.#writing;
    if (turn.immediate++ >= budget) await this.#yield(turn, options);
    for (;;) {
      this.#throwIfClosed();
      // Another write may have begun.
      options.signal?.throwIfAborted();
      if (getByteLength(data) !== length) throw memoryGoneError();
      const count = this.#file.write(start === 0 ? data : bytesFrom(data, start));
      if (count !== undefined) return count;
      await this.#waiter().waitWritable(this.#file.fd, options);
      turn.immediate = 0;
    }
  }

  /** Lets the event loop run, which a descriptor that is always ready would prevent. */
  async #yield(turn: Turn, options: WaitOptions): Promise<void> {
    turn.immediate = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }

  #throwIfClosed(): void {
    if (this.#held.fd === -1) throw new ClosedResourceError("The stream is closed");
  }
}

/** One direction. */
interface Turn {
  /** The options of the pending operation. Undefined once its signal has aborted. */
  pending: WaitOptions | undefined;
  /** How many operations in a row didn't have to wait. */
  immediate: number;
}

/** The operation with `options` has ended. Another one may be pending by now. */
function end(turn: Turn, options: WaitOptions): void {
  if (turn.pending === options) turn.pending = undefined;
}

function managerOf(options: FdStreamOptions): EpollIOManager | undefined {
  const { manager } = checkObject("options", options);
  if (manager !== undefined && !(manager instanceof EpollIOManager)) {
    throw new TypeError(
      `The option manager must be an EpollIOManager, got ${inspectLine(manager)}`,
    );
  }
  return manager;
}

/**
 * Reads `options` once, before anything else: their getters may do anything, such as close the
 * stream.
 */
function settle(options: WaitOptions | undefined): WaitOptions {
  if (options === undefined) return noOptions;
  const { signal, ref } = checkOptions(options) ?? noOptions;
  return { signal, ref };
}

const noOptions: WaitOptions = {};
