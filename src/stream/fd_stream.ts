/** Reading and writing a descriptor once it is ready. */

import { getByteLength, toBytes } from "../ffi/bytes.ts";
import { type FdLike, toFd } from "../ffi/checks.ts";
import type { WaitOptions } from "../manager/options.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import { type OperationSlot, patientOptions, snapshot } from "./operation_slot.ts";
import { checkStreamOptions, type FdStreamOptions } from "./options.ts";
import { StreamFile } from "./stream_file.ts";
import { StreamReader } from "./stream_reader.ts";
import { StreamWriter } from "./stream_writer.ts";
import { createReadable, createWritable } from "./web_streams.ts";

/**
 * Reads and writes a descriptor without blocking, as bytes or as web streams. Each operation is
 * tried first, and waits only if it would block.
 *
 * A read and a write may be pending at the same time, but not two reads or two writes.
 *
 * @example Both ends of a socket pair
 * ```ts
 * import { FdStream } from "@fdready/fdready";
 * import { socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = socketpair();
 * using near = new FdStream(a);
 * using far = new FdStream(b);
 * await near.writeAll(new TextEncoder().encode("hello"));
 * const buffer = new Uint8Array(64);
 * const count = await far.read(buffer); // null at the end
 * assertEquals(new TextDecoder().decode(buffer.subarray(0, count ?? 0)), "hello");
 * ```
 */
export class FdStream implements Disposable {
  /** The given object. Without a reference, the garbage collector might close its descriptor. */
  readonly #source: FdLike;
  readonly #file: StreamFile;
  readonly #unregisterFinalizer: () => void;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<ArrayBufferView> | undefined;

  /**
   * Takes over a descriptor. A socket, and a file that is always ready, stay as they are. The
   * stream opens a terminal or pipe again for itself alone, which uses a second descriptor. It
   * makes other devices nonblocking until {@linkcode FdStream.close}, and also terminals and pipes
   * that can't be opened again; other programs that share the open file may notice. The garbage
   * collector closes a stream that your program can no longer reach, except for the descriptors 0,
   * 1 and 2.
   *
   * @param target The descriptor, as a number or an object with `fd` or `fileno()`. The stream now
   * owns it, and closes it.
   * @param options The manager that waits for it, and whether other code shares the open file.
   * @throws {SystemError} `EBADF` if the descriptor isn't open; `EMFILE` or `ENFILE` if the stream
   * needs a second descriptor, even for a moment, and none is left. A socket needs none.
   * @throws {TypeError} If `target` isn't a descriptor or is a socket but not a `SOCK_STREAM`, or
   * if an option has a wrong value.
   */
  constructor(target: FdLike, options: FdStreamOptions = {}) {
    const checked = checkStreamOptions(options);
    const file = new StreamFile(toFd(target), checked);
    this.#source = target;
    this.#file = file;
    this.#unregisterFinalizer = closeOnFinalization(this, {
      close: () => file.closeUnlessStandard(),
    });
    this.#reader = new StreamReader(file);
    this.#writer = new StreamWriter(file);
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#file.fd;
  }

  /**
   * Reads the available bytes, or waits for the next ones. An aborted read takes no bytes.
   *
   * @param buffer The memory for the bytes: a typed array or a DataView. A pipe of packets
   * (`O_DIRECT`) discards the rest of a packet unless the buffer has at least 4096 bytes.
   * @param options A signal that ends the read. If it has aborted before, nothing is read. Reads
   * that need no wait let the event loop run now and then, so that a timeout can abort them.
   * @returns The number of bytes, at least 1, or `null` at the end of the file. A FIFO has no end
   * before its first writer. If the sending direction has ended before, the end closes the
   * descriptor.
   * @throws {BusyResourceError} If another read is pending.
   * @throws {ClosedResourceError} If the stream is closed, before or during the read.
   * @throws {SystemError} As read(2): `ECONNRESET`, `EISDIR` and others. `EIO` from the controller
   * of a pseudo-terminal is its end: its last terminal was closed.
   * @throws {TypeError} If `buffer` isn't a view of memory or has no bytes, or if it is detached or
   * its memory shrinks before there is something to read.
   *
   * @example A read that waits
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const ends = pipe();
   * using reader = new FdStream(ends[0]);
   * using writer = new FdStream(ends[1]);
   * const reading = reader.read(new Uint8Array(16));
   * await writer.writeAll(new Uint8Array([1, 2, 3]));
   * assertEquals(await reading, 3);
   * ```
   */
  async read(buffer: ArrayBufferView, options?: WaitOptions): Promise<number | null> {
    const bytes = toBytes(buffer);
    const opts = snapshot(options);
    const { slot } = this.#reader;
    slot.begin(opts);
    try {
      if (slot.budget.spend()) await slot.yield(opts);
      let count = this.#file.read(bytes);
      if (count === undefined) {
        await slot.wait(opts);
        slot.resume(opts);
        count = this.#file.read(bytes) ?? await this.#reader.retry(bytes, opts);
      }
      if (count !== 0) return count;
      this.#endDirection(slot);
      return null;
    } finally {
      slot.end(opts);
    }
  }

  /**
   * Writes as many bytes as the descriptor accepts without blocking. Waits first if it accepts
   * none.
   *
   * @param data The bytes of a typed array or a DataView.
   * @param options A signal that ends the write. If it has aborted before, nothing is written.
   * @returns The number of bytes written, which may be fewer than given.
   * @throws {BusyResourceError} If another write is pending.
   * @throws {ClosedResourceError} If the stream is closed, before or during the write, or has been
   * shut down.
   * @throws {SystemError} As write(2): `EPIPE` if all readers have closed it. `EIO` if the other
   * end has hung up and the write would block forever, as on the controller of a pseudo-terminal
   * after its last terminal was closed.
   * @throws {TypeError} If `data` isn't a view of memory, or if it is detached or its memory
   * shrinks while it is being written.
   *
   * @example Fill a pipe
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const ends = pipe();
   * using _reader = new FdStream(ends[0]);
   * using writer = new FdStream(ends[1]);
   * assertEquals(await writer.write(new Uint8Array(1_000_000)), 65536); // the pipe's capacity
   * ```
   */
  async write(data: ArrayBufferView, options?: WaitOptions): Promise<number> {
    const bytes = toBytes(data);
    const opts = snapshot(options);
    this.#writer.begin(opts);
    try {
      return await this.#writer.writeFrom(bytes, 0, getByteLength(bytes), opts);
    } finally {
      this.#writer.slot.end(opts);
    }
  }

  /**
   * Writes all of `data`, waiting as often as necessary. If it fails or is aborted, some of `data`
   * may have been written.
   *
   * @param data The bytes of a typed array or a DataView.
   * @param options A signal that ends the write. If it has aborted before, nothing is written.
   * @returns A promise that resolves once the last byte has been written.
   * @throws {BusyResourceError} If another write is pending.
   * @throws {ClosedResourceError} If the stream is closed, before or during the write, or has been
   * shut down.
   * @throws {SystemError} As write(2): `EPIPE` if all readers have closed it. `EIO` if the other
   * end has hung up and the write would block forever.
   * @throws {TypeError} If `data` isn't a view of memory, or if it is detached or its memory
   * shrinks while it is being written.
   *
   * @example More than fits into a socket's buffer
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { socketpair } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const [a, b] = socketpair();
   * using near = new FdStream(a);
   * using far = new FdStream(b);
   * const sent = near.writeAll(new Uint8Array(1_000_000));
   * const buffer = new Uint8Array(65536);
   * let received = 0;
   * while (received < 1_000_000) received += (await far.read(buffer)) ?? 0;
   * await sent;
   * assertEquals(received, 1_000_000);
   * ```
   */
  async writeAll(data: ArrayBufferView, options?: WaitOptions): Promise<void> {
    const bytes = toBytes(data);
    const length = getByteLength(bytes);
    const opts = snapshot(options);
    const writer = this.#writer;
    while (opts.isPatient && writer.slot.isBusy()) await writer.slot.untilFree(opts.signal);
    writer.begin(opts);
    try {
      let written = 0;
      do written += await writer.writeFrom(bytes, written, length, opts); while (written < length);
    } finally {
      writer.slot.end(opts);
    }
  }

  /**
   * Ends the sending direction after the pending write, if any. You can still read.
   *
   * The peer of a socket reads the end of the file. A pipe or FIFO has one direction, so the
   * descriptor is closed, and its reader sees the end once all other writers have closed theirs. A
   * terminal or another device can't end one direction alone: its descriptor is closed, unless you
   * have used `readable` or `read()`. In each case the end of reading closes the descriptor from
   * now on, and writes reject.
   *
   * To end a stream that you write through `writable`, close `writable` instead, which writes its
   * queued chunks first.
   *
   * @returns A promise that resolves once the direction has ended. Shutting down again does
   * nothing.
   * @throws {ClosedResourceError} If the stream is closed, before or while this waits for a write.
   * @throws {SystemError} As shutdown(2) and close(2).
   *
   * @example Send a request, then read the reply to its end
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { socketpair } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const [a, b] = socketpair();
   * const client = new FdStream(a);
   * using server = new FdStream(b);
   * await client.writeAll(new TextEncoder().encode("request"));
   * await client.shutdown();
   * const buffer = new Uint8Array(64);
   * assertEquals(await server.read(buffer), 7);
   * assertEquals(await server.read(buffer), null); // the end of the request
   * await server.writeAll(new TextEncoder().encode("reply"));
   * server.close();
   * assertEquals(await new Response(client.readable).text(), "reply");
   * assertEquals(client.fd, -1); // both directions have ended
   * ```
   */
  async shutdown(): Promise<void> {
    const { slot } = this.#writer;
    while (slot.isBusy()) await slot.untilFree();
    if (slot.hasEnded) return;
    this.#file.throwIfClosed();
    const isRead = this.#reader.slot.wasUsed || this.#readable !== undefined;
    const mayBeRead = this.#file.endSending() || (isRead && !this.#file.isWriteOnly);
    if (!mayBeRead) this.#reader.slot.hasEnded = true;
    this.#endDirection(slot);
  }

  /**
   * The bytes from the descriptor as a byte stream, which supports BYOB readers. Nothing is read
   * before a reader asks for it, and a pending {@linkcode FdStream.read} comes first. Canceling the
   * stream closes the descriptor for both directions, and so does an error. A `break` out of
   * `for await` cancels it, unless the loop is over `readable.values({ preventCancel: true })`.
   *
   * The end of the file closes a descriptor that was opened for reading only. Any other is closed
   * only if `writable` was closed before.
   *
   * To read with a signal, use {@linkcode FdStream.read}. If you have released a reader of
   * `readable` during a read, that read is still pending, and the next bytes go to `readable`.
   *
   * @example Read a pipe to its end
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { close, pipe, write } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const [reader, writer] = pipe();
   * write(writer, new TextEncoder().encode("hello"));
   * close(writer);
   * const stream = new FdStream(reader);
   * assertEquals(await new Response(stream.readable).text(), "hello");
   * assertEquals(stream.fd, -1); // the end has closed it
   * ```
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= createReadable({
      readNow: (buffer) => this.#reader.readNow(buffer),
      read: (buffer) => this.#readInQueue(buffer),
      onEnd: () => this.#endReadable(),
      onError: () => this.#closeQuietly(),
      close: () => this.close(),
    });
  }

  /**
   * Writes to the descriptor, with backpressure: a chunk is done once its last byte has been
   * written. Chunks are typed arrays or DataViews, written as their bytes. A pending
   * {@linkcode FdStream.write} comes first. Several tasks can write through one `getWriter()`.
   *
   * Closing the web stream shuts down the sending direction, as {@linkcode FdStream.shutdown} does.
   * Aborting it closes the descriptor at once for both directions, and so does an error, as with
   * the runtimes' own sockets: after an `EPIPE`, unread data is lost.
   *
   * @example Write the body of a response
   * ```ts
   * import { FdStream } from "@fdready/fdready";
   * import { pipe, read } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const [reader, writer] = pipe();
   * const stream = new FdStream(writer);
   * await new Response("hello").body?.pipeTo(stream.writable); // closes it
   * assertEquals(read(reader, new Uint8Array(64)), 5);
   * ```
   */
  get writable(): WritableStream<ArrayBufferView> {
    return this.#writable ??= createWritable({
      writeAll: (data, { signal }) => this.writeAll(data, patientOptions(signal)),
      end: () => this.#endWritable(),
      onError: () => this.#failWritable(),
      close: () => this.close(),
    });
  }

  /**
   * Closes the descriptor. Pending reads and writes reject with {@linkcode ClosedResourceError}.
   * Idempotent.
   *
   * The numbers 0, 1 and 2 refer to `/dev/null` afterwards. Otherwise the next opened file would
   * get the number, and everything that the program prints. If the program still prints, give the
   * stream a duplicate, such as `dup(1)`.
   *
   * @throws {SystemError} As close(2): `EBADF` if other code has closed the descriptor.
   *
   * @example Close a stream that is being read
   * ```ts
   * import { ClosedResourceError, FdStream } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   * import { assertRejects } from "@std/assert";
   *
   * const [reader] = pipe();
   * const stream = new FdStream(reader);
   * const reading = stream.read(new Uint8Array(64));
   * stream.close();
   * await assertRejects(() => reading, ClosedResourceError);
   * ```
   */
  close(): void {
    this.#unregisterFinalizer();
    this.#file.close();
  }

  /** Calls {@linkcode FdStream.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** As {@linkcode FdStream.read}, but waits for the pending read first. */
  #readInQueue(buffer: Uint8Array): Promise<number | null> {
    const { slot } = this.#reader;
    return slot.isBusy()
      ? slot.untilFree().then(() => this.#readInQueue(buffer))
      : this.read(buffer, patientOptions());
  }

  /** Closes the descriptor if both directions have ended. */
  #endDirection(slot: OperationSlot): void {
    slot.hasEnded = true;
    if (this.#reader.slot.hasEnded && this.#writer.slot.hasEnded) this.close();
  }

  #endReadable(): void {
    this.#endDirection(this.#reader.slot);
    // The reader may have no other way to close the descriptor.
    if (this.#file.isReadOnly) this.close();
  }

  async #endWritable(): Promise<void> {
    if (this.fd !== -1) await this.shutdown();
  }

  /** A chunk after {@linkcode FdStream.shutdown} does no harm to the other direction. */
  #failWritable(): void {
    if (!this.#writer.slot.hasEnded) this.#closeQuietly();
  }

  /** Closes the descriptor after another error, which is the one to report. */
  #closeQuietly(): void {
    try {
      this.close();
    } catch {
      // For example EBADF, if other code has closed it.
    }
  }
}
