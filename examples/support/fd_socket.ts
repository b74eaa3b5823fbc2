/** Connections for libraries that expect a `Socket` from `node:net`. */

import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { FdStream } from "@fdready/fdready";
import {
  getsockname,
  IPPROTO_TCP,
  parseAddress,
  setsockopt,
  TCP_NODELAY,
} from "@fdready/fdready/os";

/** The greatest number of bytes that one read returns. */
const chunkSize = 65_536;

/**
 * A connected stream socket as a Node stream, with the methods of a `Socket` that servers call. It
 * closes its descriptor once both directions have ended, or when it is destroyed.
 */
export class FdSocket extends Duplex {
  readonly #stream: FdStream;
  readonly #buffer = new Uint8Array(chunkSize);
  #idleLimit = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes over the connected socket `fd`. */
  constructor(fd: number) {
    super();
    this.#stream = new FdStream(fd);
  }

  /**
   * Emits `"timeout"` when nothing has been received or sent for `milliseconds`. 0, the default,
   * means never.
   */
  setTimeout(milliseconds: number, listener?: () => void): this {
    this.#idleLimit = milliseconds;
    if (listener !== undefined) this.once("timeout", listener);
    this.#restartTimer();
    return this;
  }

  /** Sends small writes at once, without Nagle's algorithm. Has no effect on Unix sockets. */
  setNoDelay(noDelay = true): this {
    const { port } = parseAddress(getsockname(this.#stream));
    if (port !== undefined) setsockopt(this.#stream, IPPROTO_TCP, TCP_NODELAY, noDelay ? 1 : 0);
    return this;
  }

  /** Sends everything that was written, then closes the connection. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  override _read(): void {
    this.#stream.read(this.#buffer).then((count) => {
      this.#restartTimer();
      this.push(count === null ? null : Buffer.from(this.#buffer.subarray(0, count)));
    }).catch((error) => this.destroy(error));
  }

  override _write(data: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#stream.writeAll(data).then(() => {
      this.#restartTimer();
      done();
    }, done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#stream.shutdown().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#stream.close();
    done(error);
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    if (this.#idleLimit === 0 || this.destroyed) return;
    this.#timer = setTimeout(() => this.emit("timeout"), this.#idleLimit);
  }
}
