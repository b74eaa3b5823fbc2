/** An open port. */

import { SystemError } from "@fdready/fdready";
import { close, read, tcflush, tcgetattr, TCIOFLUSH, TCOFLUSH, write } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import { attempt, BindingsError, transferError } from "./errors.ts";
import { InTurn } from "./in_turn.ts";
import { getLines, setLines } from "./lines.ts";
import { unsent, untilSent } from "./sent.ts";
import { checkObject, isSpeed, setSpeed, type Settings } from "./settings.ts";
import type {
  BindingPortInterface,
  LinuxPortStatus,
  LinuxSetOptions,
  ReadResult,
  UpdateOptions,
} from "./types.ts";

/**
 * How a port waits: an `EpollIOManager` of `@fdready/fdready`, or an object with the same methods.
 */
export interface Waiting {
  /** Resolves once `fd` is readable. */
  waitReadable(fd: number): Promise<void>;
  /** Resolves once `fd` is writable. */
  waitWritable(fd: number): Promise<void>;
  /** Rejects all waits for `fd`. */
  notifyClosing(fd: number): void;
}

/**
 * How many reads or writes that need no wait follow each other before the event loop gets its
 * turn.
 */
const budget = 64;

/** How long closing a port waits for unsent data, in ms. The kernel has the same limit. */
const closingLimit = 30_000;

/**
 * An open port, for `SerialPortStream` to read and write. {@linkcode binding} opens ports.
 *
 * Reads are done in the order in which they are begun, and so are writes.
 *
 * @example
 * ```ts
 * import { binding } from "@fdready/serialport";
 * import { openpty, write } from "@fdready/fdready/os";
 * import { Buffer } from "node:buffer";
 *
 * const { controller, name } = openpty();
 * const port = await binding.open({ path: name, baudRate: 115200 });
 * write(controller, new TextEncoder().encode("hello"));
 * const { buffer, bytesRead } = await port.read(Buffer.alloc(64), 0, 64);
 * console.log(buffer.toString("utf8", 0, bytesRead)); // hello
 * await port.close();
 * ```
 */
export class LinuxPortBinding implements BindingPortInterface {
  /** The options that it was opened with, and the defaults of the others. */
  readonly openOptions: Settings;
  readonly #waiting: Waiting;
  readonly #reads = new InTurn();
  readonly #writes = new InTurn();
  readonly #closing = new AbortController();
  readonly #immediate = { read: 0, write: 0 };
  #baudRate: number;
  #fd: number | null;

  /**
   * Made by {@linkcode binding}'s `open`.
   *
   * @param fd The descriptor of an open port. This object closes it.
   * @param openOptions The options that it was opened with.
   * @param waiting How it waits.
   */
  constructor(fd: number, openOptions: Settings, waiting: Waiting) {
    this.#fd = fd;
    this.openOptions = openOptions;
    this.#baudRate = openOptions.baudRate;
    this.#waiting = waiting;
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#fd !== null;
  }

  /** Its descriptor; `null` once closed. */
  get fd(): number | null {
    return this.#fd;
  }

  /**
   * Closes the port. Pending operations reject with a {@linkcode BindingsError} whose `canceled` is true.
   *
   * @returns A promise that resolves once the port is closed. Before that, it waits until
   * everything that was written has been sent, for at most 30 seconds.
   */
  async close(): Promise<void> {
    const fd = this.#openFd();
    this.#fd = null;
    this.#closing.abort();
    try {
      this.#waiting.notifyClosing(fd);
      await this.#finishSending(fd);
    } finally {
      this.#attempt(`unable to close fd ${fd}`, () => close(fd));
    }
  }

  /**
   * Reads what is there, or waits for what comes next.
   *
   * @param buffer Where to put the bytes.
   * @param offset Where in the buffer to begin.
   * @param length How many bytes at most.
   * @returns The same buffer, and the number of bytes, at least 1.
   */
  async read(buffer: Buffer, offset: number, length: number): Promise<ReadResult> {
    checkBuffer(buffer);
    checkInteger("offset", offset);
    checkInteger("length", length);
    if (length < 1) throw new RangeError('"length" is less than 1');
    if (buffer.length < offset + length) throw new Error("buffer is too small");
    this.#openFd();
    const target = buffer.subarray(offset, offset + length);
    const bytesRead = await this.#reads.do(() => this.#transfer("read", () => this.#read(target)));
    return { buffer, bytesRead };
  }

  /**
   * Writes all of `buffer`.
   *
   * @param buffer What to write.
   * @returns A promise that resolves once the kernel has taken all of it.
   */
  async write(buffer: Buffer): Promise<void> {
    checkBuffer(buffer);
    this.#openFd();
    await this.#writes.do(() => this.#transfer("write", () => this.#write(buffer)));
  }

  /**
   * Changes the speed. Discards bytes that were received or are still to be sent at the old one.
   *
   * @param options The speed.
   * @returns A promise that resolves once it is changed.
   */
  update(options: UpdateOptions): Promise<void> {
    return Promise.try(() => {
      checkObject(options);
      const { baudRate } = options;
      if (!isSpeed(baudRate)) throw new TypeError('"options.baudRate" is not a number');
      setSpeed(this.#openFd(), this.#path, baudRate);
      this.#baudRate = baudRate;
    });
  }

  /**
   * Sets the lines. Those that you leave out are turned off.
   *
   * @param options The lines.
   * @returns A promise that resolves once they are set.
   */
  set(options: LinuxSetOptions): Promise<void> {
    return Promise.try(() => {
      checkObject(options);
      setLines(this.#openFd(), this.#path, options);
    });
  }

  /**
   * Returns the lines that the device sets.
   *
   * @returns The lines.
   */
  get(): Promise<LinuxPortStatus> {
    return Promise.try(() => {
      return getLines(this.#openFd(), this.#path);
    });
  }

  /**
   * Returns the speed, which may differ from the one that you set if the device doesn't support
   * that.
   *
   * @returns The speed.
   */
  getBaudRate(): Promise<{ baudRate: number }> {
    return Promise.try(() => {
      const fd = this.#openFd();
      return { baudRate: this.#attempt("cannot get baud rate", () => tcgetattr(fd).ospeed) };
    });
  }

  /**
   * Discards bytes that were received but not read, and bytes that were written but not sent.
   *
   * @returns A promise that resolves once that is done.
   */
  flush(): Promise<void> {
    return Promise.try(() => {
      const fd = this.#openFd();
      this.#attempt("cannot flush", () => tcflush(fd, TCIOFLUSH));
    });
  }

  /**
   * Waits until everything that was written has been sent, pending writes included. Doesn't block
   * the event loop.
   *
   * @returns A promise that resolves once the output queue is empty, and also the device's own
   * buffer if its driver reports that.
   */
  async drain(): Promise<void> {
    this.#openFd();
    await this.#writes.last;
    const left = () => this.#attempt("cannot drain", () => unsent(this.#fdUnlessCanceled()));
    try {
      await untilSent(left, this.#baudRate, this.#closing.signal);
    } catch (error) {
      throw this.isOpen ? error : canceled();
    }
  }

  get #path(): string {
    return this.openOptions.path;
  }

  #openFd(): number {
    if (this.#fd === null) throw new Error("Port is not open");
    return this.#fd;
  }

  /** The number may stand for another file when an operation resumes. */
  #fdUnlessCanceled(): number {
    if (this.#fd === null) throw canceled();
    return this.#fd;
  }

  #attempt<R>(failure: string, what: () => R): R {
    return attempt(this.#path, (words) => `Error: ${words}, ${failure}`, what);
  }

  async #transfer<R>(call: "read" | "write", what: () => Promise<R>): Promise<R> {
    try {
      return await what();
    } catch (error) {
      throw this.isOpen ? transferError(error, call, this.#path) : canceled();
    }
  }

  async #read(target: Buffer): Promise<number> {
    for (;;) {
      if (this.#isTurnOver("read")) await setImmediate();
      const fd = this.#fdUnlessCanceled();
      const count = read(fd, target);
      if (count) return count;
      // A read returns 0 after a hang-up, when every further call fails. With VMIN and VTIME of 0, it also returns 0 instead of blocking.
      if (count === 0) tcgetattr(fd);
      await this.#waiting.waitReadable(fd);
      this.#immediate.read = 0;
    }
  }

  async #write(data: Buffer): Promise<void> {
    for (let written = 0; written < data.length;) {
      if (this.#isTurnOver("write")) await setImmediate();
      const fd = this.#fdUnlessCanceled();
      const count = write(fd, written === 0 ? data : data.subarray(written));
      if (count !== undefined) {
        written += count;
        continue;
      }
      await this.#waiting.waitWritable(fd);
      this.#immediate.write = 0;
    }
  }

  /**
   * Whether the event loop must get its turn, which a device that is always ready would prevent.
   */
  #isTurnOver(call: "read" | "write"): boolean {
    if (++this.#immediate[call] <= budget) return false;
    this.#immediate[call] = 0;
    return true;
  }

  /** Waits until everything is sent, since close(2) would block the event loop for that. */
  async #finishSending(fd: number): Promise<void> {
    const deadline = performance.now() + closingLimit;
    try {
      await untilSent(() => performance.now() < deadline ? unsent(fd) : 0, this.#baudRate);
      if (performance.now() >= deadline) tcflush(fd, TCOFLUSH);
    } catch (error) {
      // The device is gone, so nothing more can be sent.
      if (!(error instanceof SystemError)) throw error;
    }
  }
}

function canceled(): BindingsError {
  return new BindingsError("Canceled", { canceled: true });
}

function checkBuffer(buffer: unknown): void {
  if (!Buffer.isBuffer(buffer)) throw new TypeError('"buffer" is not a Buffer');
}

function checkInteger(name: string, value: unknown): void {
  if (Number.isInteger(value) && Number(value) >= 0) return;
  const got = Number.isNaN(value) ? "NaN" : typeof value;
  throw new TypeError(`"${name}" is not an integer got "${got}"`);
}
