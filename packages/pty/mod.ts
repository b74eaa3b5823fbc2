/**
 * Programs in new terminals, for Deno, Bun and Node on Linux, with the API of npm's `node-pty`, but
 * without a native addon.
 *
 * @example Run a shell
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { spawn } from "@fdready/pty";
 *
 * const pty = spawn("sh", [], { cols: 100, rows: 30 });
 * let output = "";
 * pty.onData((data) => output += data);
 * const exited = new Promise((resolve) => pty.onExit(resolve));
 * pty.write("stty size; exit\r");
 * await exited;
 * assertStringIncludes(output, "30 100");
 * ```
 *
 * @module
 */

import { UnixTerminal } from "./src/unix_terminal.ts";
import { native, type NativePty } from "./src/native.ts";
import { OpenedTerminal } from "./src/opened_terminal.ts";
import type { IPtyForkOptions, IPtyOpenOptions, IWindowsPtyForkOptions } from "./src/types.ts";

export { Terminal } from "./src/terminal.ts";
export { PtyTerminal } from "./src/pty_terminal.ts";
export { PtyStream } from "./src/stream.ts";
export { native, type NativePty, OpenedTerminal, UnixTerminal };
export type * from "./src/types.ts";

/** A program in a terminal. */
export type IPty = UnixTerminal;

/**
 * Starts a program in a new terminal, as the leader of its session.
 *
 * If the program can't be run, its terminal shows why, and it ends with the exit code 1, as with
 * `node-pty`.
 *
 * @param file The program's path, or a name that is looked up in `PATH`. The default is `"sh"`.
 * @param args The arguments.
 * @param options The size of the terminal, the environment and others.
 * @returns The program and its terminal.
 * @throws {SystemError} `ENOSPC` if there are no terminals left, `EMFILE` if there are no
 * descriptors left, `EAGAIN` if there are no processes left.
 * @throws {Error} If an option has the wrong type, `args` is a string, or `uid` or `gid` is given.
 * @throws {TypeError} If `file` or one of `args` isn't a string.
 *
 * @example Wait for the end of a program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { spawn } from "@fdready/pty";
 *
 * const pty = spawn("sh", ["-c", "exit 3"]);
 * assertEquals(await pty.exited, { exitCode: 3, signal: 0 });
 * ```
 *
 * @example Read and write web streams
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { spawn } from "@fdready/pty";
 *
 * await using pty = spawn("cat");
 * const output = pty.readable.pipeThrough(new TextDecoderStream()).getReader();
 * const writer = pty.writable.getWriter();
 * await writer.write(new TextEncoder().encode("hello\n"));
 * assertEquals((await output.read()).value?.slice(0, 5), "hello");
 * ```
 */
export function spawn(
  file?: string,
  args?: readonly string[] | string,
  options?: IPtyForkOptions | IWindowsPtyForkOptions,
): UnixTerminal {
  return new UnixTerminal(file, args, options);
}

/**
 * Starts a program, like {@linkcode spawn}.
 *
 * @param file The program's path, or a name that is looked up in `PATH`.
 * @param args The arguments.
 * @param options The size of the terminal, the environment and others.
 * @returns The program and its terminal.
 * @deprecated Use {@linkcode spawn} instead.
 *
 * @example Run a program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fork } from "@fdready/pty";
 *
 * assertEquals((await fork("true").exited).exitCode, 0);
 * ```
 */
export function fork(
  file?: string,
  args?: readonly string[] | string,
  options?: IPtyForkOptions | IWindowsPtyForkOptions,
): UnixTerminal {
  return new UnixTerminal(file, args, options);
}

/**
 * Starts a program, like {@linkcode spawn}.
 *
 * @param file The program's path, or a name that is looked up in `PATH`.
 * @param args The arguments.
 * @param options The size of the terminal, the environment and others.
 * @returns The program and its terminal.
 * @deprecated Use {@linkcode spawn} instead.
 *
 * @example Run a program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createTerminal } from "@fdready/pty";
 *
 * assertEquals((await createTerminal("true").exited).exitCode, 0);
 * ```
 */
export function createTerminal(
  file?: string,
  args?: readonly string[] | string,
  options?: IPtyForkOptions | IWindowsPtyForkOptions,
): UnixTerminal {
  return new UnixTerminal(file, args, options);
}

/**
 * Opens a terminal without a program.
 *
 * @param options The size and the encoding.
 * @returns The terminal, with both ends as streams.
 * @throws {SystemError} `ENOSPC` if there are no terminals left, `EMFILE` if there are no
 * descriptors left.
 * @throws {Error} If an option has the wrong type.
 *
 * @example Use both ends
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { open } from "@fdready/pty";
 * import { once } from "node:events";
 *
 * const pty = open({ cols: 80, rows: 24 });
 * pty.slave.write("hello");
 * assertEquals((await once(pty.master, "data"))[0], "hello");
 * pty.destroy();
 * ```
 */
export function open(options?: IPtyOpenOptions): OpenedTerminal {
  return new OpenedTerminal(options);
}

/** The functions by their names, for `import pty from "node-pty"`. */
const pty: {
  readonly spawn: typeof spawn;
  readonly fork: typeof fork;
  readonly createTerminal: typeof createTerminal;
  readonly open: typeof open;
  readonly native: NativePty;
} = { spawn, fork, createTerminal, open, native };

export default pty;
