/**
 * One end of a pseudo-terminal as a stream of Node's, in the place of `node-pty`'s
 * `tty.ReadStream`.
 */

import { Buffer } from "node:buffer";
import process from "node:process";
import { Duplex } from "node:stream";
import type { PtyEnd } from "./pty_end.ts";

/** Bytes that wait for a reader before the terminal is no longer read. */
const highWaterMark = 65536;

/** A part of a stream's state. No method changes it back. */
interface ReadableState {
  decoder: { write(data: Buffer): string } | null;
  encoding: string | null;
}

/**
 * A stream that ends when the other end of the terminal is closed. {@linkcode open} makes two of
 * them.
 *
 * @example Read from the controller
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { open, PtyStream } from "@fdready/pty";
 * import { once } from "node:events";
 *
 * const pty = open();
 * assert(pty.master instanceof PtyStream);
 * pty.slave.write("hello");
 * assertEquals((await once(pty.master, "data"))[0], "hello");
 * pty.destroy();
 * ```
 */
export class PtyStream extends Duplex {
  readonly #end: PtyEnd;
  #detached = false;
  #hasClosed = false;
  #afterClose: () => void = () => {};

  /** Takes over `end`. */
  constructor(end: PtyEnd) {
    super({ allowHalfOpen: false, highWaterMark });
    this.#end = end;
    end.onReadable = () => this.#readAvailable();
  }

  /** The descriptor; -1 once it is closed. */
  get fd(): number {
    return this.#end.closed ? -1 : this.#end.fd;
  }

  /**
   * Leaves the reading to other code. The stream still writes, and closes the terminal.
   *
   * @returns The bytes that the stream has read, but has not passed on.
   */
  detachReader(): Uint8Array<ArrayBuffer> {
    this.#detached = true;
    this.pause();
    this.#end.reading = false;
    const data: string | Buffer | null = this.destroyed ? null : this.read();
    if (data === null) return new Uint8Array();
    const bytes = typeof data === "string"
      ? Buffer.from(data, this.readableEncoding ?? undefined)
      : data;
    return new Uint8Array(bytes);
  }

  /**
   * Calls `listener` after the listeners of the close event, even if it is added later. Code that
   * removes those listeners doesn't remove it.
   *
   * @param listener The function to call. There can be one.
   */
  afterClose(listener: () => void): void {
    if (this.#hasClosed) listener();
    else this.#afterClose = listener;
  }

  /** Makes data events Buffers again. */
  clearEncoding(): void {
    this.#state.decoder = null;
    this.#state.encoding = null;
  }

  get #state(): ReadableState {
    return (this as unknown as { _readableState: ReadableState })._readableState;
  }

  /** Implements reading: the stream wants more. */
  override _read(): void {
    if (!this.#detached) this.#end.reading = true;
  }

  #readAvailable(): void {
    if (this.destroyed) return;
    let chunk;
    try {
      chunk = this.#end.read();
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (chunk === undefined) return;
    if (chunk === null) {
      this.#end.reading = false;
      this.push(null);
      return;
    }
    // A decoder uses the bytes at once. Readers of bytes keep them, so they get a copy.
    const data = this.readableEncoding === null
      ? Buffer.from(chunk)
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.readableFlowing && this.readableLength === 0) this.#emitData(data);
    else if (!this.push(data)) this.#end.reading = false;
  }

  /**
   * As push() while the stream flows, but that delays readers: 12 of 130 µs for a key. (Node 26,
   * x86-64)
   */
  #emitData(data: Buffer): void {
    const { decoder } = this.#state;
    const chunk = decoder ? decoder.write(data) : data;
    if (chunk.length > 0) this.emit("data", chunk);
  }

  /**
   * Implements writing.
   *
   * @param data The bytes.
   * @param _encoding Not used, because the data is bytes.
   * @param done Called when the terminal has accepted the bytes.
   */
  override _write(data: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    // As with node-pty, a write fails silently if the program has ended: its exit event says so.
    this.#end.write(data, () => done());
  }

  /**
   * Implements `destroy`.
   *
   * @param error The reason, if there is one.
   * @param done Called when the descriptor is closed.
   */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#end.close();
    done(error);
    // The close event comes in a tick that has been requested by now.
    process.nextTick(() => {
      this.#hasClosed = true;
      this.#afterClose();
    });
  }
}
