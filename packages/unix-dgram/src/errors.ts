/** Errors with the numbers of npm's `unix-dgram`. */

import { ClosedResourceError, SystemError } from "@fdready/fdready";
import os from "node:os";

/** The details of a {@linkcode UnixDgramError}. */
export interface UnixDgramErrorDetails {
  /** The negated errno, or 1 for congestion. */
  readonly code: number;
  /** The operation. */
  readonly syscall: string;
  /** The path. */
  readonly path?: string | undefined;
  /** The original error. */
  readonly cause?: unknown;
}

/**
 * An operation on a socket failed.
 *
 * @example The number of an error
 * ```ts
 * import { UnixDgramError, UnixDgramSocket } from "@fdready/unix-dgram";
 * import { assert, assertEquals } from "@std/assert";
 *
 * using socket = new UnixDgramSocket();
 * try {
 *   await socket.send("hello", { path: "/nonexistent" });
 * } catch (error) {
 *   assert(error instanceof UnixDgramError);
 *   assertEquals([error.code, error.errno, error.syscall], [-2, -2, "send"]); // ENOENT
 * }
 * ```
 */
export class UnixDgramError extends Error {
  /** The negated errno, such as -111 for `ECONNREFUSED`; 1 if a connected receiver is busy. */
  readonly code: number;
  /** The same as `code`, but undefined if a connected receiver is busy. */
  readonly errno: number | undefined;
  /** The operation: `"socket"`, `"bind"`, `"connect"`, `"send"`, `"recv"` or `"close"`. */
  readonly syscall: string;
  /** The path of the operation, if it had one. */
  readonly path: string | undefined;

  /**
   * Sockets create it. Programs only catch it.
   *
   * @param message The description of the problem.
   * @param details The number, the operation, the path and the original error.
   */
  constructor(message: string, details: UnixDgramErrorDetails) {
    super(message, { cause: details.cause });
    this.name = "UnixDgramError";
    this.code = details.code;
    this.errno = details.code < 0 ? details.code : undefined;
    this.syscall = details.syscall;
    this.path = details.path;
  }
}

/** Advice for errors whose text isn't enough. */
const hints: Readonly<Record<string, string>> = {
  EADDRINUSE: "Delete the socket file first if its process has ended",
  ECONNREFUSED: "No process has a socket open there",
  EMSGSIZE: "The datagram is larger than the option sendBufferSize allows",
  ENOTCONN: "Call connect first, and again if the receiver was restarted",
  ENAMETOOLONG: "A Unix socket path has at most 107 bytes",
  EPROTOTYPE: "The socket at that path isn't a datagram socket",
};

const congestion = 1;

/** Creates the error of npm's package if the connected receiver is busy. */
export function createCongestionError(): UnixDgramError {
  return new UnixDgramError("congestion", { code: congestion, syscall: "send" });
}

/** Creates an error for the errno named `name`. */
export function createError(
  name: keyof typeof os.constants.errno,
  text: string,
  syscall: string,
  path?: string,
): UnixDgramError {
  const code = -os.constants.errno[name];
  return new UnixDgramError(formatMessage(code, name, text, syscall, path), {
    code,
    syscall,
    path,
  });
}

/**
 * Returns the error to report for `error`. An error that isn't from the system is a wrong argument.
 */
export function toUnixDgramError(error: unknown, syscall: string, path?: string): unknown {
  if (error instanceof SystemError) {
    const { errno, code } = error;
    const message = formatMessage(errno, code, describeError(error), syscall, path);
    return new UnixDgramError(message, { code: errno, syscall, path, cause: error });
  }
  if (error instanceof RangeError && path !== undefined) {
    return createError("ENAMETOOLONG", "File name too long", syscall, path);
  }
  if (error instanceof ClosedResourceError) {
    return createError("EBADF", "Other code has closed the descriptor", syscall, path);
  }
  return error;
}

/** The message begins as in npm's package, such as "send -111". */
function formatMessage(
  errno: number,
  code: string,
  text: string,
  syscall: string,
  path: string | undefined,
): string {
  const place = path === undefined ? "" : `, ${path.replaceAll("\0", "@")}`;
  const hint = hints[code];
  return `${syscall} ${errno}: ${code}: ${text}${place}${hint === undefined ? "" : `. ${hint}`}`;
}

/** The text of strerror(3), which follows the number in the message. */
function describeError({ message }: SystemError): string {
  return /\(-?\d+\): ([^.]*)/.exec(message)?.[1] ?? message;
}

/** Whether `error` is a system error with this code. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof SystemError && error.code === code;
}
