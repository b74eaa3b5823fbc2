/** `struct msghdr`, and what it points to: `struct iovec[]`, and control data behind a `struct cmsghdr`. */

import { getIntLength } from "../ffi/bytes.ts";
import { addressOf } from "../ffi/c_memory.ts";
import { SOL_SOCKET } from "../ffi/constants.ts";

/** struct iovec. readv(2) */
export const iovec = { base: 0, size: 8, length: 16 } as const;

/** struct msghdr. recvmsg(2) */
export const msghdr = {
  name: 0,
  nameLength: 8,
  iov: 16,
  iovCount: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
} as const;

/** struct cmsghdr, right behind which its data begins. cmsg(3) */
export const cmsghdr = { size: 0, level: 8, type: 12, length: 16 } as const;

/** What the size of control data is a multiple of, but for the last. */
const alignment = 8;

const SCM_RIGHTS = 1;
const SCM_PIDFD = 4;

/** The most descriptors that one message can carry, SCM_MAX_FD. unix(7) */
export const mostDescriptors = 253;

const descriptorSize = 4;

/** struct iovec[] of `views`, whose addresses are good while they are kept. */
export function toIovecs(views: readonly ArrayBufferView[]): DataView<ArrayBuffer> {
  const iovecs = new DataView(new ArrayBuffer(views.length * iovec.length));
  views.forEach((view, index) => {
    const start = index * iovec.length;
    iovecs.setBigUint64(start + iovec.base, addressOf(view), true);
    iovecs.setBigUint64(start + iovec.size, BigInt(view.byteLength), true);
  });
  return iovecs;
}

/** Control data with descriptors to send. */
export function toRightsControl(fds: readonly number[]): DataView<ArrayBuffer> {
  if (fds.length === 0) return new DataView(new ArrayBuffer(0));
  const size = cmsghdr.length + fds.length * descriptorSize;
  const control = new DataView(new ArrayBuffer(size));
  control.setUint32(cmsghdr.size, size, true);
  control.setInt32(cmsghdr.level, SOL_SOCKET, true);
  control.setInt32(cmsghdr.type, SCM_RIGHTS, true);
  fds.forEach((fd, index) => {
    control.setInt32(cmsghdr.length + index * descriptorSize, fd, true);
  });
  return control;
}

/**
 * What the kernel puts before or behind the descriptors if a socket's options say so: who has sent the
 * message (SO_PASSCRED, SO_PASSPIDFD, SO_PASSSEC), and when (SO_TIMESTAMP and others).
 */
const otherControl = 256;

/**
 * Room for `count` descriptors and what else may come with them, so that there may be more descriptors.
 * None for 0: what isn't received need not be closed, which could block.
 */
export function controlRoom(count: number): DataView<ArrayBuffer> {
  const size = cmsghdr.length + Math.ceil(count * descriptorSize / alignment) * alignment;
  return new DataView(new ArrayBuffer(count === 0 ? 0 : size + otherControl));
}

/** What a message consists of. */
export interface MessageParts {
  /** The peer's address, or room for it. */
  readonly name: ArrayBufferView;
  /** The data, or room for it. */
  readonly views: readonly ArrayBufferView[];
  /** Control data, or room for it. */
  readonly control: ArrayBufferView;
}

/** A `struct msghdr`, with all that it points to kept reachable as long as it is itself. */
export class MessageHeader {
  readonly view: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(msghdr.length));
  readonly kept: readonly unknown[];

  constructor({ name, views, control }: MessageParts) {
    const iovecs = toIovecs(views);
    this.kept = [name, views, control, iovecs];
    this.view.setBigUint64(msghdr.name, addressOf(name), true);
    this.view.setUint32(msghdr.nameLength, getIntLength(name), true);
    this.view.setBigUint64(msghdr.iov, addressOf(iovecs), true);
    this.view.setUint32(msghdr.iovCount, views.length, true);
    this.view.setBigUint64(msghdr.control, addressOf(control), true);
    this.view.setUint32(msghdr.controlLength, control.byteLength, true);
  }

  /** The length of the peer's address that was received. */
  get nameLength(): number {
    return this.view.getUint32(msghdr.nameLength, true);
  }

  /** The length of the control data that was received. */
  get controlLength(): number {
    return this.view.getUint32(msghdr.controlLength, true);
  }

  /** `MSG_*` of what was received. */
  get flags(): number {
    return this.view.getUint32(msghdr.flags, true);
  }
}

/** The descriptors in the first `length` bytes of `control`. */
export function descriptorsIn(
  control: DataView,
  length: number,
): { /** Those that the peer sent. */ passed: number[]; /** Others. */ others: number[] } {
  const passed: number[] = [];
  const others: number[] = [];
  for (let start = 0; start + cmsghdr.length <= length;) {
    const size = control.getUint32(start + cmsghdr.size, true);
    const ours = control.getInt32(start + cmsghdr.level, true) === SOL_SOCKET;
    const type = control.getInt32(start + cmsghdr.type, true);
    const found = ours && type === SCM_RIGHTS ? passed : ours && type === SCM_PIDFD ? others : [];
    const end = Math.min(start + size, length) - descriptorSize;
    for (let at = start + cmsghdr.length; at <= end; at += descriptorSize) {
      found.push(control.getInt32(at, true));
    }
    start += Math.max(Math.ceil(size / alignment) * alignment, cmsghdr.length);
  }
  return { passed, others };
}
