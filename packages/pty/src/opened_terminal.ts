/** A terminal without a program. */

import { closeFd } from "@fdready/fdready";
import { openTerminal } from "./open_terminal.ts";
import { checkOptions, readEncoding } from "./options.ts";
import { PtyEnd } from "./pty_end.ts";
import { PtyTerminal } from "./pty_terminal.ts";
import { PtyStream } from "./stream.ts";
import type { IPtyOpenOptions } from "./types.ts";

/**
 * Both ends of a terminal, for a program that uses one itself. {@linkcode open} makes it.
 *
 * @example Find the terminal's path
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { open, type OpenedTerminal } from "@fdready/pty";
 *
 * const pty: OpenedTerminal = open();
 * assertStringIncludes(pty.ptsName, "/dev/pts/");
 * pty.destroy();
 * ```
 */
export class OpenedTerminal extends PtyTerminal {
  readonly #slave: PtyStream;

  /** Opens a terminal, see {@linkcode open}. */
  constructor(options: IPtyOpenOptions = {}) {
    checkOptions(options);
    const { controller, terminal, name } = openTerminal(options);
    super(options, controller, name, "");
    this.#slave = createSlave(terminal, controller);
    const encoding = readEncoding(options);
    if (encoding !== undefined) this.#slave.setEncoding(encoding);
    for (const stream of [this._socket, this.#slave]) stream.resume();
  }

  /** -1, because there is no program. */
  get pid(): number {
    return -1;
  }

  /** The controller, whose data are the terminal's output. */
  get master(): PtyStream {
    return this._socket;
  }

  /** The other end, whose data are the terminal's input. */
  get slave(): PtyStream {
    return this.#slave;
  }

  /** Does nothing, because there is no program. */
  kill(): void {}

  /** Closes both ends. */
  destroy(): void {
    this._socket.destroy();
    this.#slave.destroy();
  }
}

function createSlave(terminal: number, controller: PtyEnd): PtyStream {
  try {
    return new PtyStream(new PtyEnd(terminal));
  } catch (error) {
    controller.close();
    closeFd(terminal);
    throw error;
  }
}
