/** Errors of ports, with the messages of npm's bindings. */

import { SystemError } from "@fdready/fdready";

/**
 * An operation was ended because its port was closed.
 *
 * @example Recognize a canceled operation
 * ```ts
 * import { BindingsError } from "@fdready/serialport";
 * import { assert } from "@std/assert";
 *
 * const error = new BindingsError("Canceled", { canceled: true });
 * assert(error.canceled);
 * ```
 */
export class BindingsError extends Error {
  /** Whether closing the port ended the operation. */
  readonly canceled: boolean;

  /**
   * Ports create it. Programs only catch it.
   *
   * @param message The description of the problem.
   * @param options Whether the port was closed.
   */
  constructor(message: string, options: { readonly canceled?: boolean } = {}) {
    super(message);
    this.name = "BindingsError";
    this.canceled = options.canceled ?? false;
  }
}

/** Details of an error that the system reported for a port. */
export interface PortErrorDetails {
  /** The symbolic name, for example `"ENOENT"`. */
  readonly code: string;
  /** The negated errno, for example `-2`. */
  readonly errno: number;
  /** The system call that failed, for example `"open"`. */
  readonly syscall: string;
  /** The port's path. */
  readonly path: string;
  /** Whether the device is gone. */
  readonly disconnect?: boolean;
  /** The original error. */
  readonly cause?: unknown;
}

/**
 * A system call for a port failed. The message is that of npm's native binding.
 *
 * @example The details of an error
 * ```ts
 * import { binding, PortError } from "@fdready/serialport";
 * import { assertEquals } from "@std/assert";
 *
 * try {
 *   await binding.open({ path: "/dev/nothing", baudRate: 9600 });
 * } catch (error) {
 *   if (!(error instanceof PortError)) throw error;
 *   assertEquals(error.message, "Error: No such file or directory, cannot open /dev/nothing");
 *   assertEquals([error.code, error.syscall, error.path], ["ENOENT", "open", "/dev/nothing"]);
 * }
 * ```
 */
export class PortError extends Error {
  /** The symbolic name, for example `"ENOENT"`. */
  readonly code: string;
  /** The negated errno, for example `-2`. */
  readonly errno: number;
  /** The system call that failed, for example `"open"`. */
  readonly syscall: string;
  /** The port's path. */
  readonly path: string;
  /** Whether the device is gone. */
  readonly disconnect: boolean;

  /**
   * Ports create it. Programs only catch it.
   *
   * @param message The description of the problem.
   * @param details The details of the failed call.
   */
  constructor(message: string, details: PortErrorDetails) {
    super(message, { cause: details.cause });
    this.name = "PortError";
    this.code = details.code;
    this.errno = details.errno;
    this.syscall = details.syscall;
    this.path = details.path;
    this.disconnect = details.disconnect ?? false;
  }
}

/** Makes a message from the text of strerror(3) and the error's code. */
export type FormatMessage = (text: string, code: string) => string;

/** Runs `call` for the port at `path`. Throws a {@linkcode PortError} if a system call fails. */
export function callFor<R>(path: string, formatMessage: FormatMessage, call: () => R): R {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const { code, errno, syscall } = error;
    throw new PortError(formatMessage(describeError(error), code), {
      code,
      errno,
      syscall,
      path,
      cause: error,
    });
  }
}

/**
 * Codes of a device that is gone: ENXIO and ENODEV after unplugging, EIO after a hang-up, EBADF if
 * other code closed the descriptor.
 */
const disconnected: readonly string[] = ["ENXIO", "ENODEV", "EIO", "EBADF"];

/** The error to throw if a read or write of the port at `path` fails, like those of `node:fs`. */
export function toTransferError(error: unknown, call: "read" | "write", path: string): unknown {
  if (!(error instanceof SystemError)) return error;
  const message = `${error.code}: ${describeError(error)}, ${call} ${path}`;
  const { code, errno } = error;
  const disconnect = disconnected.includes(code);
  return new PortError(message, { code, errno, syscall: call, path, disconnect, cause: error });
}

/**
 * The text of strerror(3), which comes last: "open of … failed: ENOENT (2): No such file or
 * directory".
 */
function describeError({ message }: SystemError): string {
  return /.*\(-?\d+\): (.*)$/s.exec(message)?.[1] ?? message;
}
