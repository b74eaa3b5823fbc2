/** Datagrams to send. */

import { sendmsg, unixAddress } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import { checkOptions, checkPath, describe } from "./checks.ts";
import { isSystemError } from "./errors.ts";
import type { DatagramData, FdLike, SendOptions } from "./types.ts";

/** A datagram to send. */
export interface Outgoing {
  /** The bytes. */
  readonly data: ArrayBufferView;
  /** The receiver's path; undefined for the connected receiver. */
  readonly path: string | undefined;
  /** The receiver's address; undefined for the connected receiver. */
  readonly address: Uint8Array | undefined;
  /** The descriptors. */
  readonly fds: readonly FdLike[] | undefined;
}

/** Creates a datagram. Throws a TypeError for wrong arguments, and a RangeError for a long path. */
export function createOutgoing(data: DatagramData, options: SendOptions): Outgoing {
  const { path, fds } = checkOptions(options);
  if (path !== undefined) checkPath(path);
  return {
    data: toView(data),
    path: path === undefined ? undefined : toText(path),
    address: path === undefined ? undefined : unixAddress(path),
    fds: fds?.length === 0 ? undefined : fds,
  };
}

/**
 * Identifies the receiver of a datagram; undefined for the connected one. Different bytes may have
 * the same text.
 */
export function keyOf({ address }: Outgoing): string | undefined {
  return address && Buffer.from(address).toString("latin1");
}

/** The part of `data` that npm's arguments select. */
export function slice(data: DatagramData, offset: unknown, length: unknown): ArrayBufferView {
  const view = toView(data);
  const isValid = Number.isInteger(offset) && Number.isInteger(length) && Number(offset) >= 0 &&
    Number(length) >= 0 && Number(offset) + Number(length) <= view.byteLength;
  if (!isValid) {
    throw new RangeError(
      `The offset and length must be inside the ${view.byteLength} bytes of data, ` +
        `got ${describe(offset)} and ${describe(length)}`,
    );
  }
  return new Uint8Array(view.buffer, view.byteOffset + Number(offset), Number(length));
}

/**
 * Sends `datagram` from `fd`. Returns `false` if it would block: the receiver is busy, or a limit
 * of the kernel is reached.
 */
export function trySend(fd: number, { data, address, fds }: Outgoing): boolean {
  try {
    const message = address === undefined ? { data, fds } : { data, address, fds };
    return sendmsg(fd, message) !== undefined;
  } catch (error) {
    if (isSystemError(error, "ENOBUFS") || isSystemError(error, "ETOOMANYREFS")) return false;
    throw error;
  }
}

function toView(data: DatagramData): ArrayBufferView {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return data;
  throw new TypeError(`The data must be a string or an ArrayBufferView, got ${describe(data)}`);
}

/** The path for error messages. */
export function toText(path: string | Uint8Array): string {
  return typeof path === "string" ? path : new TextDecoder().decode(path);
}
