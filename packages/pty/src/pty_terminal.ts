/** What terminals with and without a program have in common: a controller, a size and a name. */

import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { foregroundName } from "./foreground.ts";
import { defaultSize, readEncoding } from "./options.ts";
import type { PtyEnd } from "./pty_end.ts";
import { setSize } from "./settings.ts";
import { PtyStream } from "./stream.ts";
import { Terminal } from "./terminal.ts";
import type { IPixelSize, IPtyForkOptions } from "./types.ts";

/**
 * A terminal whose controller is open, with or without a program.
 *
 * @example Change the size
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { open, type PtyTerminal } from "@fdready/pty";
 *
 * const pty: PtyTerminal = open({ cols: 80, rows: 24 });
 * pty.resize(100, 30);
 * assertEquals([pty.cols, pty.rows], [100, 30]);
 * pty.destroy();
 * ```
 */
export abstract class PtyTerminal extends Terminal {
  /** The path of the terminal, such as `"/dev/pts/3"`. */
  readonly ptsName: string;
  /** The controller. */
  protected readonly _controller: PtyEnd;
  readonly #file: string;
  readonly #encoding: BufferEncoding | undefined;
  #cols: number;
  #rows: number;

  /** Takes over `controller`. */
  constructor(options: IPtyForkOptions, controller: PtyEnd, ptsName: string, file: string) {
    super(options);
    this.ptsName = ptsName;
    this._controller = controller;
    this.#file = file;
    this.#cols = options.cols || defaultSize.cols;
    this.#rows = options.rows || defaultSize.rows;
    this._socket = new PtyStream(controller);
    this.#encoding = readEncoding(options);
    if (this.#encoding !== undefined) this._socket.setEncoding(this.#encoding);
  }

  /** The number of columns. */
  get cols(): number {
    return this.#cols;
  }

  /** The number of rows. */
  get rows(): number {
    return this.#rows;
  }

  /** The controller's descriptor. It stays this object's to close. */
  get fd(): number {
    return this._controller.fd;
  }

  /** The name of the program in the foreground, as it was started. */
  get process(): string {
    const name = this._controller.closed ? undefined : foregroundName(this.fd);
    return name ?? this.#file;
  }

  /**
   * Changes the size. Programs in the foreground get `SIGWINCH`. After the end of the program, only
   * {@linkcode PtyTerminal.cols} and {@linkcode PtyTerminal.rows} change.
   *
   * @param cols The number of columns.
   * @param rows The number of rows.
   * @param pixelSize The size in pixels.
   * @throws {Error} If a size isn't a positive number.
   * @throws {RangeError} If a size is above 65,535.
   */
  resize(cols: number, rows: number, pixelSize?: IPixelSize): void {
    if (!(cols > 0 && rows > 0 && cols < Infinity && rows < Infinity)) {
      const got = `${inspect(cols)} and ${inspect(rows)}`;
      throw new Error(`resizing must be done using positive cols and rows, got ${got}`);
    }
    if (!this._controller.closed) setSize(this.fd, cols, rows, pixelSize);
    this.#cols = cols;
    this.#rows = rows;
  }

  /** Does nothing on Linux. */
  clear(): void {}

  /**
   * Writes unless the program has ended.
   *
   * @param data The text or bytes.
   */
  protected override _write(data: string | Buffer): void {
    if (this._controller.closed) return;
    if (data === undefined || data === null) {
      throw new TypeError(`The data must be a string or bytes, got ${data}`);
    }
    if (data.length === 0) return;
    // Not through the stream, which takes longer than the system call.
    const isUtf8 = typeof data === "string" && this.#encoding === "utf8";
    if (isUtf8 && this._controller.tryText(data)) return;
    // The caller may change its bytes before there is room for them.
    const bytes = typeof data === "string" ? Buffer.from(data, this.#encoding) : Buffer.from(data);
    this._controller.write(bytes, ignore);
  }
}

/** As with node-pty, a write fails silently if the program has ended: its exit event says so. */
function ignore(): void {}
