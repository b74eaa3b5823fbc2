/** An open port. */

import { SystemError } from "@fdready/fdready";
import { close, read, tcflush, tcgetattr, TCIOFLUSH, TCOFLUSH, write } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import { countUnsent, untilSent } from "./drain.ts";
import { BindingsError, callFor, toTransferError } from "./errors.ts";
import { getLines, setLines } from "./modem_lines.ts";
import { SerialQueue } from "./serial_queue.ts";
import { checkObject, checkSpeed, setSpeed, type Settings } from "./settings.ts";
import { TurnBudget } from "./turn_budget.ts";
import type {
  BindingPortInterface,
  LinuxPortStatus,
  LinuxSetOptions,
  ReadResult,
  UpdateOptions,
} from "./types.ts";

/**
 * The waiting functions of a port: an `EpollIOManager` from `@fdready/fdready`, or an object with
 * the same methods.
 */
export interface Waits {
  /** Resolves when `fd` is readable. */
  waitReadable(fd: number): Promise<void>;
  /** Resolves when `fd` is writable. */
  waitWritable(fd: number): Promise<void>;
  /** Rejects all waits for `fd`. */
  notifyClosing(fd: number): void;
}

/** How long closing a port waits for unsent data, in ms. The kernel has the same limit. */
const closingLimit = 30_000;

/**
 * An open port that `SerialPortStream` reads and writes. {@linkcode binding} opens ports.
 *
 * Reads run in the order of their calls, and so do writes.
 *
 * @example Read from a port
 * ```ts
 * import { binding } from "@fdready/serialport";
 * import { openpty, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { Buffer } from "node:buffer";
 *
 * const { controller, name } = openpty();
 * const port = await binding.open({ path: name, baudRate: 115200 });
 * write(controller, new TextEncoder().encode("hello"));
 * const { buffer, bytesRead } = await port.read(Buffer.alloc(64), 0, 64);
 * assertEquals(buffer.toString("utf8", 0, bytesRead), "hello");
 * await port.close();
 * ```
 */
export class LinuxPortBinding implements BindingPortInterface {
  /** The options of its opening, with the defaults. */
  readonly openOptions: Settings;
  readonly #waits: Waits;
  readonly #reads = new SerialQueue();
  readonly #writes = new SerialQueue();
  readonly #closing = new AbortController();
  readonly #budgets = { read: new TurnBudget(), write: new TurnBudget() };
  #baudRate: number;
  #fd: number | null;

  /**
   * Created by `open` of {@linkcode binding}.
   *
   * @param fd The descriptor of an open port. This object closes it.
   * @param openOptions The options of its opening, with the defaults.
   * @param waits The waiting functions.
   */
  constructor(fd: number, openOptions: Settings, waits: Waits) {
    this.#fd = fd;
    this.openOptions = openOptions;
    this.#baudRate = openOptions.baudRate;
    this.#waits = waits;
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
   * Closes the port. Pending operations reject with a {@linkcode BindingsError} whose `canceled` is
   * true.
   *
   * @returns A promise that resolves once the port is closed. Before that, it waits for at most 30
   * seconds until all output has been sent. Pending operations have ended by then, and the
   * callbacks and events that follow from their end have run.
   */
  async close(): Promise<void> {
    const fd = this.#openFd();
    this.#fd = null;
    this.#closing.abort();
    try {
      this.#waits.notifyClosing(fd);
      await this.#finishSending(fd);
    } finally {
      this.#callFor(`unable to close fd ${fd}`, () => close(fd));
    }
    await Promise.all([this.#reads.ended(), this.#writes.ended()]);
    // Streams emit "error" in the next tick, which must come before their "close".
    await setImmediate();
  }

  /**
   * Reads the available bytes, or waits for the next ones.
   *
   * @param buffer The buffer for the bytes.
   * @param offset The position of the first byte in the buffer.
   * @param length The largest number of bytes.
   * @returns The same buffer, and the number of bytes, at least 1.
   */
  async read(buffer: Buffer, offset: number, length: number): Promise<ReadResult> {
    checkBuffer(buffer);
    checkIndex("offset", offset);
    checkIndex("length", length);
    if (length < 1) throw new RangeError('"length" is less than 1');
    if (buffer.length < offset + length) throw new Error("buffer is too small");
    this.#openFd();
    const target = buffer.subarray(offset, offset + length);
    const bytesRead = await this.#reads.run(() => this.#transfer("read", () => this.#read(target)));
    return { buffer, bytesRead };
  }

  /**
   * Writes all of `buffer`.
   *
   * @param buffer The bytes.
   * @returns A promise that resolves once the kernel has accepted all of them.
   */
  async write(buffer: Buffer): Promise<void> {
    checkBuffer(buffer);
    this.#openFd();
    await this.#writes.run(() => this.#transfer("write", () => this.#write(buffer)));
  }

  /**
   * Changes the speed. Discards bytes received or still to be sent at the old speed.
   *
   * @param options The speed.
   * @returns A promise that resolves once the speed has changed.
   */
  update(options: UpdateOptions): Promise<void> {
    return Promise.try(() => {
      checkObject(options);
      const { baudRate } = options;
      checkSpeed(baudRate);
      setSpeed(this.#openFd(), this.#path, baudRate);
      this.#baudRate = baudRate;
    });
  }

  /**
   * Sets the modem lines. Those that you leave out are turned off.
   *
   * @param options The lines.
   * @returns A promise that resolves once the lines are set.
   */
  set(options: LinuxSetOptions): Promise<void> {
    return Promise.try(() => {
      checkObject(options);
      setLines(this.#openFd(), this.#path, options);
    });
  }

  /**
   * Returns the modem lines that the device sets.
   *
   * @returns The lines.
   */
  get(): Promise<LinuxPortStatus> {
    return Promise.try(() => {
      return getLines(this.#openFd(), this.#path);
    });
  }

  /**
   * Returns the speed. It may differ from the speed that you set if the device doesn't support
   * that one.
   *
   * @returns The speed.
   */
  getBaudRate(): Promise<{ baudRate: number }> {
    return Promise.try(() => {
      const fd = this.#openFd();
      return { baudRate: this.#callFor("cannot get baud rate", () => tcgetattr(fd).ospeed) };
    });
  }

  /**
   * Discards bytes that were received but not read, and bytes that were written but not sent.
   *
   * @returns A promise that resolves once the bytes are discarded.
   */
  flush(): Promise<void> {
    return Promise.try(() => {
      const fd = this.#openFd();
      this.#callFor("cannot flush", () => tcflush(fd, TCIOFLUSH));
    });
  }

  /**
   * Waits until all output has been sent, including pending writes. Doesn't block the event loop.
   *
   * @returns A promise that resolves once the output queue is empty, and also the device's own
   * buffer if its driver reports that.
   */
  async drain(): Promise<void> {
    this.#openFd();
    await this.#writes.last;
    const count = () =>
      this.#callFor("cannot drain", () => countUnsent(this.#openFdUnlessCanceled()));
    try {
      await untilSent(count, this.#baudRate, this.#closing.signal);
    } catch (error) {
      throw this.isOpen ? error : createCanceledError();
    }
  }

  get #path(): string {
    return this.openOptions.path;
  }

  #openFd(): number {
    if (this.#fd === null) throw new Error("Port is not open");
    return this.#fd;
  }

  /** When an operation resumes, the number may refer to another file. */
  #openFdUnlessCanceled(): number {
    if (this.#fd === null) throw createCanceledError();
    return this.#fd;
  }

  #callFor<R>(failure: string, call: () => R): R {
    return callFor(this.#path, (text) => `Error: ${text}, ${failure}`, call);
  }

  async #transfer<R>(call: "read" | "write", operation: () => Promise<R>): Promise<R> {
    try {
      return await operation();
    } catch (error) {
      throw this.isOpen ? toTransferError(error, call, this.#path) : createCanceledError();
    }
  }

  async #read(target: Buffer): Promise<number> {
    const budget = this.#budgets.read;
    for (;;) {
      if (!budget.spend()) await setImmediate();
      const fd = this.#openFdUnlessCanceled();
      const count = read(fd, target);
      if (count) return count;
      // With VMIN and VTIME of 0, a read returns 0 instead of blocking. It also returns 0 after a
      // hang-up, and then this call fails.
      if (count === 0) tcgetattr(fd);
      await this.#waits.waitReadable(fd);
      budget.reset();
    }
  }

  async #write(data: Buffer): Promise<void> {
    const budget = this.#budgets.write;
    for (let written = 0; written < data.length;) {
      if (!budget.spend()) await setImmediate();
      const fd = this.#openFdUnlessCanceled();
      const count = write(fd, written === 0 ? data : data.subarray(written));
      if (count !== undefined) {
        written += count;
        continue;
      }
      await this.#waits.waitWritable(fd);
      budget.reset();
    }
  }

  /** Waits until all output has been sent, because close(2) would block the event loop for that. */
  async #finishSending(fd: number): Promise<void> {
    const deadline = performance.now() + closingLimit;
    try {
      await untilSent(() => performance.now() < deadline ? countUnsent(fd) : 0, this.#baudRate);
      if (performance.now() >= deadline) tcflush(fd, TCOFLUSH);
    } catch (error) {
      // The device is gone, so nothing more can be sent.
      if (!(error instanceof SystemError)) throw error;
    }
  }
}

function createCanceledError(): BindingsError {
  return new BindingsError("Canceled", { canceled: true });
}

function checkBuffer(buffer: unknown): void {
  if (!Buffer.isBuffer(buffer)) throw new TypeError('"buffer" is not a Buffer');
}

function checkIndex(name: string, value: unknown): void {
  if (!Number.isInteger(value)) {
    const got = typeof value === "number" ? value : typeof value;
    throw new TypeError(`"${name}" is not an integer got "${got}"`);
  }
  if (Number(value) < 0) throw new TypeError(`"${name}" must be at least 0, got ${value}`);
}
