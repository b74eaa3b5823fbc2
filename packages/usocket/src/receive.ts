/**
 * Receiving so that each descriptor stays with the byte that it was sent with.
 *
 * A descriptor belongs to the first byte of its sendmsg(2). One recvmsg(2) ends behind a message with
 * descriptors, but may begin with bytes of messages before that, and doesn't tell how many. A protocol in
 * which a message says how many descriptors are its own can count. One that takes those that have arrived,
 * as dbus-next does, would hand them to an earlier message, depending on the time. So a look ahead, which
 * leaves everything there, finds out first: without room for descriptors, MSG_CTRUNC says that there are
 * some among so many bytes. It costs a system call for each chunk, and a few more where messages with
 * descriptors follow others.
 */

import { MSG_CTRUNC, MSG_PEEK, recvmsg } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";

/** The most descriptors that one message can carry. unix(7) */
export const mostFds = 253;

/** The most bytes of one chunk. */
const chunkSize = 65536;

/** Where looks ahead put the bytes; nobody reads them there. */
let scratch: Uint8Array | undefined;

/** Bytes of the stream, and the descriptors that came with the first of them. */
export interface Chunk {
  /** None at the end of the stream. */
  readonly data: Buffer;
  readonly fds: number[];
  /** Whether there were more descriptors than the process can have, which are gone. */
  readonly lost: boolean;
}

/** The next chunk; undefined where it would block. */
export function receive(fd: number): Chunk | undefined {
  scratch ??= new Uint8Array(chunkSize);
  const ahead = recvmsg(fd, scratch, { flags: MSG_PEEK });
  if (ahead === undefined) return undefined;
  const withFds = (ahead.flags & MSG_CTRUNC) !== 0;
  const before = withFds ? bytesBeforeFds(fd, scratch.subarray(0, ahead.length)) : 0;
  const data = Buffer.allocUnsafe(before > 0 ? before : ahead.length);
  const message = recvmsg(fd, data, { maxFds: mostFds });
  if (message === undefined) return undefined;
  return {
    data: data.subarray(0, message.length),
    fds: message.fds,
    lost: (message.flags & MSG_CTRUNC) !== 0,
  };
}

/** How many bytes can be received before the first that has descriptors, of which there is one. */
function bytesBeforeFds(fd: number, room: Uint8Array): number {
  const hasFds = (length: number) => {
    const ahead = recvmsg(fd, room.subarray(0, length), { flags: MSG_PEEK });
    return ahead !== undefined && (ahead.flags & MSG_CTRUNC) !== 0;
  };
  if (hasFds(1)) return 0;
  let [without, withFds] = [1, room.length];
  while (withFds - without > 1) {
    const middle = Math.floor((without + withFds) / 2);
    if (hasFds(middle)) withFds = middle;
    else without = middle;
  }
  return without;
}
