/**
 * Receiving so that each descriptor stays with the bytes that it was sent with.
 *
 * A descriptor belongs to the first byte of its sendmsg(2). One recvmsg(2) ends behind a message with
 * descriptors, but may begin with bytes of messages before that, and doesn't tell how many; neither does
 * any look ahead. So there are two kinds of bytes. A look ahead, which leaves everything there, finds how
 * far the next message with descriptors reaches: without room for them, MSG_CTRUNC says that there are
 * some, and the length where their message ends. Until that place bytes are mixed: they are received one
 * by one, or as many as a reader gets by one call, of which it can't tell them apart anyway. Once the
 * descriptors have come, the rest of their message is plain, as all is if none are ahead, and may be
 * received before anybody asks for it. It costs a system call for each chunk, and two more for each
 * message with descriptors.
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
  /** The caller owns them. */
  readonly fds: number[];
  /** Whether there were more than the process can have, which are gone. */
  readonly lost: boolean;
}

/** Receives from one socket, from which nobody else does. */
export class Receiver {
  /** How many bytes come before the next look ahead, none of which has descriptors. */
  #plain = 0;
  /** How many bytes come before the next look ahead, one of which may have descriptors. */
  #mixed = 0;

  /** Whether the next byte, or one soon after it, has descriptors, as far as is known. */
  get mixed(): boolean {
    return this.#mixed > 0;
  }

  /**
   * Receives a chunk.
   *
   * @param fd The socket.
   * @param together How many mixed bytes the reader gets at once; at least 1.
   * @returns The chunk; undefined where it would block.
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

  /** Returns whether there is anything, be it the end. */
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
