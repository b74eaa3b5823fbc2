/**
 * Receiving so that each descriptor stays with the bytes that it was sent with.
 *
 * A descriptor belongs to the first byte of its sendmsg(2). One recvmsg(2) ends behind a message with
 * descriptors, but may begin with bytes of messages before that, and doesn't tell how many. A protocol in
 * which a message says how many descriptors are its own can count. One that takes those that have arrived,
 * as dbus-next does, would hand them to an earlier message, depending on the time. So a look ahead, which
 * leaves everything there, finds out first: without room for descriptors, MSG_CTRUNC says that there are
 * some ahead. The first byte is then received alone. If it has them, the rest of their message may follow;
 * else no more is received than the reader has asked for, who knows where messages begin. It costs a
 * system call for each chunk, and another for each message with descriptors.
 */

import { MSG_CTRUNC, MSG_PEEK, recvmsg } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";

/** The most descriptors that one message can carry. unix(7) */
export const mostFds = 253;

/** The most bytes of one chunk. */
const chunkSize = 65536;

/** Where looks ahead put the bytes; nobody reads them there. */
let scratch: Uint8Array | undefined;

/** Bytes of the stream, and the descriptors that came with them. */
export interface Chunk {
  /** None at the end of the stream. */
  readonly data: Buffer;
  /** Whoever receives them owns them. */
  readonly fds: number[];
  /** Whether others are waiting, behind bytes that have none. */
  readonly ahead: boolean;
  /** Whether there were more than the process can have, which are gone. */
  readonly lost: boolean;
}

/**
 * Receives a chunk.
 *
 * @param fd The socket.
 * @param wanted How many bytes the reader has asked for.
 * @returns The chunk; undefined where it would block.
 */
export function receive(fd: number, wanted: number): Chunk | undefined {
  scratch ??= new Uint8Array(chunkSize);
  const ahead = recvmsg(fd, scratch, { flags: MSG_PEEK });
  if (ahead === undefined) return undefined;
  const data = Buffer.allocUnsafe(ahead.length);
  const withFds = (ahead.flags & MSG_CTRUNC) !== 0;
  const first = recvmsg(fd, withFds ? data.subarray(0, 1) : data, { maxFds: mostFds });
  if (first === undefined) return undefined;
  const { length, fds } = first;
  let end = length;
  let flags = first.flags;
  const most = fds.length > 0 ? data.length : Math.min(wanted, data.length);
  if (withFds && length > 0 && length < most) {
    const rest = recvmsg(fd, data.subarray(length, most), { maxFds: mostFds });
    end += rest?.length ?? 0;
    flags |= rest?.flags ?? 0;
    fds.push(...rest?.fds ?? []);
  }
  const lost = (flags & MSG_CTRUNC) !== 0;
  return { data: data.subarray(0, end), fds, ahead: withFds && fds.length === 0, lost };
}
