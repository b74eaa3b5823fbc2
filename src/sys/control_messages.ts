/** Control data of messages: a `struct cmsghdr` before the data of each. cmsg(3) */

import { getByteLength, toPlainBytes } from "../ffi/bytes.ts";
import { SCM_RIGHTS, SOL_SOCKET } from "../ffi/constants.ts";

/** struct cmsghdr, right behind which its data begins. cmsg(3) */
export const cmsghdr = { size: 0, level: 8, type: 12, length: 16 } as const;

/** The size of a control message is a multiple of this, except for the last one's. */
const alignment = 8;

const SCM_PIDFD = 4;

/** The most descriptors that one message can carry, SCM_MAX_FD. unix(7) */
export const mostDescriptors = 253;

const descriptorSize = 4;

/** One piece of control data. */
export interface ControlMessage {
  /**
   * The level: {@linkcode SOL_SOCKET}, or a protocol such as {@linkcode IPPROTO_IP}.
   */
  readonly level: number;
  /** The type, such as {@linkcode SCM_CREDENTIALS} or {@linkcode IP_PKTINFO}. */
  readonly type: number;
  /** The bytes, usually a struct. */
  readonly data: Uint8Array;
}

function alignUp(size: number): number {
  return Math.ceil(size / alignment) * alignment;
}

/** The room that `count` descriptors need. */
export function roomForFds(count: number): number {
  return count === 0 ? 0 : cmsghdr.length + alignUp(count * descriptorSize);
}

/** Control data with descriptors and other messages to send. */
export function encodeControl(
  fds: readonly number[],
  messages: readonly ControlMessage[],
): Uint8Array<ArrayBuffer> {
  const size = messages.reduce(
    (sum, { data }) => sum + cmsghdr.length + alignUp(getByteLength(data)),
    roomForFds(fds.length),
  );
  const control = new Uint8Array(new ArrayBuffer(size));
  let start = 0;
  if (fds.length > 0) {
    const data = new Uint8Array(Int32Array.from(fds).buffer);
    start = encode(control, start, { level: SOL_SOCKET, type: SCM_RIGHTS, data });
  }
  for (const message of messages) start = encode(control, start, message);
  return control;
}

/** Writes one message; returns where the next one begins. */
function encode(
  control: Uint8Array<ArrayBuffer>,
  start: number,
  { level, type, data }: ControlMessage,
): number {
  const bytes = toPlainBytes(data);
  const header = new DataView(control.buffer, start, cmsghdr.length);
  header.setUint32(cmsghdr.size, cmsghdr.length + bytes.length, true);
  header.setInt32(cmsghdr.level, level, true);
  header.setInt32(cmsghdr.type, type, true);
  control.set(bytes, start + cmsghdr.length);
  return start + cmsghdr.length + alignUp(bytes.length);
}

/** Descriptors found in control data: passed by the peer, or added by the kernel. */
export interface ControlFds {
  readonly passed: number[];
  /** The sender's pidfd. */
  readonly added: number[];
}

/** The descriptors in `control`. Allocates nothing that could fail before it has found them all. */
export function decodeFds(control: DataView): ControlFds {
  const fds: ControlFds = { passed: [], added: [] };
  for (const { level, type, start, end } of controlMessagesIn(control)) {
    if (level !== SOL_SOCKET || type !== SCM_RIGHTS && type !== SCM_PIDFD) continue;
    const found = type === SCM_RIGHTS ? fds.passed : fds.added;
    for (let at = start; at + descriptorSize <= end; at += descriptorSize) {
      found.push(control.getInt32(at, true));
    }
  }
  return fds;
}

/** The messages in `control` except for those with descriptors, each with a copy of its data. */
export function decodeMessages(control: DataView): ControlMessage[] {
  const bytes = new Uint8Array(control.buffer, control.byteOffset, control.byteLength);
  const messages: ControlMessage[] = [];
  for (const { level, type, start, end } of controlMessagesIn(control)) {
    if (level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD)) continue;
    messages.push({ level, type, data: bytes.slice(start, end) });
  }
  return messages;
}

interface Position {
  readonly level: number;
  readonly type: number;
  /** Where the data begins. */
  readonly start: number;
  /** Where it ends, which is inside the control data. */
  readonly end: number;
}

/**
 * Where messages are in control data that may be cut off anywhere, and whose sizes may be wrong.
 */
function* controlMessagesIn(control: DataView): Iterable<Position> {
  const length = control.byteLength;
  for (let at = 0; at + cmsghdr.length <= length;) {
    const size = Math.max(control.getUint32(at + cmsghdr.size, true), cmsghdr.length);
    const level = control.getInt32(at + cmsghdr.level, true);
    const type = control.getInt32(at + cmsghdr.type, true);
    yield { level, type, start: at + cmsghdr.length, end: Math.min(at + size, length) };
    at += alignUp(size);
  }
}
