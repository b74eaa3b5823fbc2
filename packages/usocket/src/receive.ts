/**
 * Receiving, so that each descriptor stays with the bytes that it was sent with.
 *
 * A descriptor belongs to the first byte of its sendmsg(2). A recvmsg(2) stops after a message
 * with descriptors, but may begin with bytes of earlier messages, and doesn't tell how many. So
 * there are two kinds of bytes. Before it receives anything, this code looks ahead (MSG_PEEK)
 * without room for descriptors. MSG_CTRUNC then says that there are some, and the length says where
 * their message ends. Up to that place bytes are "mixed": some may belong to an earlier message.
 * They are received one by one, or as many at once as the reader gets by one call, since it can't
 * tell those apart anyway. Once the descriptors have come, the rest of their message is "plain",
 * and so is everything if no descriptors are ahead. Plain bytes may be received before the reader
 * asks for them. This costs a system call for each chunk, and two more for each message with
 * descriptors.
 */

import { MSG_CTRUNC, MSG_PEEK, recvmsg } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";

/** The most descriptors that one message can carry. unix(7) */
export const mostFds = 253;

/** The most bytes of one chunk. */
const chunkSize = 65536;

/** Where a look ahead puts the bytes, which are not used. */
let scratch: Uint8Array | undefined;

/** Bytes of the stream, and the descriptors that came with them. */
export interface Chunk {
  /** Empty at the end of the stream. */
  readonly data: Buffer;
  /** The caller has to close them. */
  readonly fds: number[];
  /** Whether some were lost, because the process can't have more. */
  readonly lost: boolean;
}

/** Receives from one socket. No other code may receive from it. */
export class Receiver {
  /** How many bytes to receive before the next look ahead, if none of them has descriptors. */
  #plain = 0;
  /** How many bytes to receive before the next look ahead, if one of them may have descriptors. */
  #mixed = 0;

  /** Whether the next bytes are mixed, as far as is known. */
  get mixed(): boolean {
    return this.#mixed > 0;
  }

  /**
   * Receives a chunk.
   *
   * @param fd The socket.
   * @param together How many mixed bytes the reader gets at once; at least 1.
   * @returns The chunk; undefined if it would block.
   */
  receive(fd: number, together: number): Chunk | undefined {
    if (this.#plain + this.#mixed === 0 && !this.#look(fd)) return undefined;
    if (this.#mixed === 0) return this.#receivePlain(fd);
    const first = receiveUpTo(fd, Math.min(together, this.#mixed));
    if (first === undefined) return undefined;
    this.#mixed -= first.data.length;
    if (first.fds.length === 0 && !first.lost) return first;
    [this.#plain, this.#mixed] = [this.#mixed, 0];
    const rest = this.#plain > 0 ? this.#receivePlain(fd) : undefined;
    if (rest === undefined) return first;
    return {
      data: Buffer.concat([first.data, rest.data]),
      fds: [...first.fds, ...rest.fds],
      lost: first.lost || rest.lost,
    };
  }

  /** Looks ahead. Returns whether there is anything to receive, including the end of the stream. */
  #look(fd: number): boolean {
    scratch ??= new Uint8Array(chunkSize);
    const ahead = recvmsg(fd, scratch, { flags: MSG_PEEK });
    if (ahead === undefined) return false;
    if ((ahead.flags & MSG_CTRUNC) !== 0) this.#mixed = ahead.length;
    else this.#plain = ahead.length;
    return true;
  }

  #receivePlain(fd: number): Chunk | undefined {
    const chunk = receiveUpTo(fd, this.#plain);
    this.#plain -= chunk?.data.length ?? 0;
    return chunk;
  }
}

function receiveUpTo(fd: number, size: number): Chunk | undefined {
  const data = Buffer.allocUnsafe(size);
  const received = recvmsg(fd, data, { maxFds: mostFds });
  if (received === undefined) return undefined;
  const { length, fds, flags } = received;
  return { data: data.subarray(0, length), fds, lost: (flags & MSG_CTRUNC) !== 0 };
}
