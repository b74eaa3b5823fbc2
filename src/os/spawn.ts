/** Starting programs. */

import {
  checkBoolean,
  checkObject,
  cString,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { EIO, ENOENT, O_CLOEXEC } from "../ffi/constants.ts";
import { describeFd, type SystemError, systemError } from "../ffi/errors.ts";
import { bindSymbols, libc } from "../ffi/libc.ts";
import { accessSymbols } from "../ffi/symbols.ts";
import { describePath, type PathLike, toCPath } from "../ffi/paths.ts";
import { environment } from "../runtime/runtime.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import { posixSpawn, type Program } from "../sys/posix_spawn.ts";
import { ChildDescriptors, type Stdio } from "./child_descriptors.ts";
import { killAndReap, pidfdOpen } from "./pidfd.ts";

/** How {@linkcode spawn} starts a program. */
export interface SpawnOptions {
  /** The arguments, without the program's name. */
  readonly args?: readonly (string | Uint8Array)[] | undefined;
  /** The program's name, as its first argument. The default is the path. */
  readonly argv0?: string | Uint8Array | undefined;
  /**
   * The environment. The default is the caller's own. A variable that is `undefined` is left out.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The directory to run in, from which a relative path of the program is resolved. */
  readonly cwd?: PathLike | undefined;
  /**
   * The terminal that becomes standard input, output and error, and the controlling terminal of a
   * new session: its path, or its descriptor as a number or an object with `fd` or `fileno()`.
   */
  readonly terminal?: string | FdLike | undefined;
  /**
   * The child's descriptors, by number. `null` is `/dev/null`. `undefined` leaves 0, 1 and 2
   * as they are: the terminal's or the caller's own. All others are closed.
   */
  readonly stdio?: Stdio | undefined;
  /**
   * Whether the child leads a new session. The default is `true` with a `terminal`, otherwise
   * `false`.
   */
  readonly setsid?: boolean | undefined;
}

/** A process that {@linkcode spawn} has started. */
export interface SpawnedProcess {
  /** The number of the process. */
  readonly pid: number;
  /**
   * A descriptor of the process, readable once it has ended. Close it after {@linkcode waitPidfd}.
   */
  readonly pidfd: number;
}

/**
 * Starts a program. Wait until its `pidfd` is readable, then {@linkcode waitPidfd} returns how it
 * ended and removes it from the process table. {@linkcode sendSignal} sends it a signal.
 *
 * The child handles no signals and blocks none, whatever this process does. It has the descriptors
 * in `stdio`, and no others.
 *
 * Reading and writing a descriptor that becomes 0, 1 or 2 blocks, as programs expect. A nonblocking
 * pipe or terminal is opened again for the child. The open file of a socket is shared, so it
 * becomes blocking here too. From 3 on, descriptors stay as they are.
 *
 * It needs no `--allow-run` in Deno, but `--allow-env` unless `env` is given.
 *
 * @param path The program's path, as a string or bytes. It is not looked up in `PATH`.
 * @param options The arguments, the environment and the descriptors.
 * @returns The number of the process, and a descriptor of it, nonblocking and close-on-exec.
 * @throws {SystemError} As posix_spawn(3): `ENOENT` if the program, its interpreter, the directory
 * or the terminal doesn't exist, `ENOTTY` if `terminal` is something else, `EACCES` if the program
 * isn't executable, `ENOEXEC` for a script without `#!`, `E2BIG`, `EMFILE`. The error's `path` is
 * the one that is wrong. Nothing is left running.
 * @throws {TypeError} If an option has the wrong type, or a string or path has a NUL or a lone
 * surrogate.
 *
 * @example Read what a program writes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { close, pipe, read, spawn, waitPidfd } from "@fdready/fdready/os";
 *
 * const [reader, writer] = pipe();
 * const { pidfd } = spawn("/bin/echo", { args: ["hello"], stdio: [null, writer] });
 * close(writer);
 *
 * await waitReadable(pidfd);
 * assertEquals(waitPidfd(pidfd), { code: 0, signal: null });
 * assertEquals(read(reader, new Uint8Array(64)), 6);
 * close(pidfd);
 * close(reader);
 * ```
 */
export function spawn(path: PathLike, options: SpawnOptions = {}): SpawnedProcess {
  const { args = [], argv0 = path, env, cwd, terminal, stdio = [] } = checkObject(
    "options",
    options,
  );
  const { setsid = terminal !== undefined } = options;
  const program = {
    path: toCPath(path),
    args: [argv0, ...checkArguments(args)].map(toCPath),
    env: env === undefined ? inheritedEnvironment() : variablesOf(checkObject("option env", env)),
    directory: cwd === undefined ? undefined : toCPath(cwd),
    setsid: checkBoolean("option setsid", setsid),
  };
  const descriptors = new ChildDescriptors(terminal, stdio);
  try {
    const { actions, count: closeFrom } = descriptors;
    const pid = startChild({ ...program, actions, closeFrom });
    if (pid < 0) throw spawnError(-pid, path, cwd, terminal);
    return withPidfd(pid);
  } catch (error) {
    descriptors.undo();
    throw error;
  } finally {
    descriptors[Symbol.dispose]();
  }
}

/** Returns the number of the child, or a negative errno. */
function startChild(program: Program): number {
  // Without a descriptor left for its pidfd, the child must not be started.
  const reserved = new OwnedFd(() => libc().eventfd(0, O_CLOEXEC), "pidfd_open");
  try {
    return posixSpawn(program);
  } finally {
    reserved.close();
  }
}

function withPidfd(pid: number): SpawnedProcess {
  try {
    return { pid, pidfd: pidfdOpen(pid) };
  } catch (error) {
    killAndReap(pid);
    throw error;
  }
}

function checkArguments<T>(args: readonly T[]): readonly T[] {
  if (!Array.isArray(args)) {
    throw new TypeError(`The option args must be an array of strings, got ${inspectLine(args)}`);
  }
  for (const arg of args) {
    if (typeof arg === "string" || ArrayBuffer.isView(arg)) continue;
    throw new TypeError(`An argument must be a string or a Uint8Array, got ${inspectLine(arg)}`);
  }
  return args;
}

/** Leaves out variables that can't be passed on. */
function inheritedEnvironment(): Uint8Array[] {
  const valid = Object.entries(environment())
    .filter((pair) => pair.every((text) => text?.isWellFormed() && !text.includes("\0")));
  return variablesOf(Object.fromEntries(valid));
}

function variablesOf(env: Readonly<Record<string, string | undefined>>): Uint8Array[] {
  if (Array.isArray(env)) {
    throw new TypeError(`The option env must have variables by name, got ${inspectLine(env)}`);
  }
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name === "" || name.includes("=")) {
      throw new TypeError(
        `The name of an environment variable cannot be empty or contain "=": ${inspectLine(name)}`,
      );
    }
    if (typeof value !== "string") {
      throw new TypeError(
        `The environment variable ${name} must be a string, got ${inspectLine(value)}`,
      );
    }
    return [cString(`${name}=${value}`)];
  });
}

const F_OK = 0;
const X_OK = 1;
const encoder = new TextEncoder();

/** The child reports an errno without a path. It opens the terminal first, and the program last. */
function spawnError(
  errno: number,
  program: PathLike,
  directory: PathLike | undefined,
  terminal: string | FdLike | undefined,
): SystemError {
  const path = describePath(program);
  const cwd = directory === undefined ? undefined : describePath(directory);
  const terminalPath = typeof terminal === "string" ? terminal : targetOf(terminal);
  if (terminalPath !== undefined && (errno === EIO || !isAccessible(terminalPath, F_OK))) {
    return systemError(errno, "posix_spawn", {
      path: terminalPath,
      hint: "The terminal cannot be opened",
    });
  }
  if (directory !== undefined && !canEnter(directory)) {
    return systemError(errno, "posix_spawn", {
      path: cwd,
      hint: "The program cannot be started in this directory",
    });
  }
  return systemError(errno, "posix_spawn", {
    path,
    hint: errno === ENOENT ? missing(program, cwd) : undefined,
  });
}

/** Whether a program can be started in `directory`. */
function canEnter(directory: PathLike): boolean {
  const bytes = toCPath(directory).subarray(0, -1);
  return bytes.length > 0 && isAccessible(Uint8Array.of(...bytes, ...encoder.encode("/.")), X_OK);
}

function targetOf(terminal: FdLike | undefined): string | undefined {
  return terminal === undefined ? undefined : describeFd(toFd(terminal));
}

function missing(program: PathLike, cwd: string | undefined): string | undefined {
  const path = describePath(program);
  const seen = cwd === undefined || path.startsWith("/") ? program : `${cwd}/${path}`;
  if (isAccessible(seen, F_OK)) return "The file exists, but not the interpreter that it needs";
  return path.includes("/") ? undefined : "A program is not looked up in PATH: pass its whole path";
}

function isAccessible(path: PathLike, mode: number): boolean {
  return bindSymbols(accessSymbols).access(toCPath(path), mode) === 0;
}
