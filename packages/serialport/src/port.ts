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

/** By which a port waits: an `EpollIOManager` of `@fdready/fdready`, or what does the same. */
export interface Waiting {
  /** Resolves once `fd` is readable. */
  waitReadable(fd: number): Promise<void>;
  /** Resolves once `fd` is writable. */
  waitWritable(fd: number): Promise<void>;
  /** Rejects all waits for `fd`. */
  notifyClosing(fd: number): void;
}

/** Reads or writes in a row, none of which had to wait, before the event loop gets its turn. */
const budget = 64;

/** For how long a port that is being closed may go on sending, in ms; the kernel's own limit. */
const closingLimit = 30_000;

/**
 * An open port, by which `SerialPortStream` reads and writes. {@linkcode binding} opens them.
 *
 * Reads are done in the order in which they are asked for, and so are writes.
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
  /** What it was opened with, and the defaults. */
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
   * @param fd An open port, which is this one's to close.
   * @param openOptions What it was opened with.
   * @param waiting What waits for it.
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
   * @returns A promise that resolves once everything that was written is sent, or can't be for 30
   * seconds, and the port is closed.
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
   * Reads what is there, or what comes next.
   *
   * @param buffer Where to put it.
   * @param offset Where in the buffer.
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
   * @returns A promise that resolves once the kernel has it.
   */
  async write(buffer: Buffer): Promise<void> {
    checkBuffer(buffer);
    this.#openFd();
    await this.#writes.do(() => this.#transfer("write", () => this.#write(buffer)));
  }

  /**
   * Changes the speed, and throws away what has come, or waits to go, at the old one.
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
   * Sets the lines, each to off unless told.
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
   * Tells the lines that the device sets.
   *
   * @returns The lines.
   */
  get(): Promise<LinuxPortStatus> {
    return Promise.try(() => {
      return getLines(this.#openFd(), this.#path);
    });
  }

  /**
   * Tells the speed, which may be another one than asked for if the device can't do that.
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
   * Throws away what was received but not read, and written but not sent.
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
   * Waits until everything that was written, pending writes included, is sent. The event loop goes on
   * meanwhile.
   *
   * @returns A promise that resolves once the output queue is empty, and the device's own buffer where
   * its driver tells of that.
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

  /** The number may be another file's by the time that an operation goes on. */
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
      // 0 is the end of a line that has hung up, of which nothing can be asked any more. With VMIN and
      // VTIME of 0, it is also what a read says that would block.
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

  /** Now and then the event loop has to run, which a device that is always ready would keep from it. */
  #isTurnOver(call: "read" | "write"): boolean {
    if (++this.#immediate[call] <= budget) return false;
    this.#immediate[call] = 0;
    return true;
  }

  /** close(2) waits until everything is sent, and the event loop would with it. */
  async #finishSending(fd: number): Promise<void> {
    const deadline = performance.now() + closingLimit;
    try {
      await untilSent(() => performance.now() < deadline ? unsent(fd) : 0, this.#baudRate);
      if (performance.now() >= deadline) tcflush(fd, TCOFLUSH);
    } catch (error) {
      // The device is gone, and so is all that was to be sent.
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
