/**
 * Receiving such that each descriptor stays with the bytes of its message.
 *
 * A descriptor belongs to the first byte of its sendmsg(2). A recvmsg(2) stops after a message
 * with descriptors. But it may begin with bytes of earlier messages, and doesn't report how many.
 * So this code looks ahead (MSG_PEEK) before it receives anything, without room for descriptors.
 * MSG_CTRUNC then means that there are some, and the length shows where their message ends.
 *
 * Bytes before that end may carry descriptors. They are received one by one, or as many at once as
 * the reader gets with one call, because a reader can't distinguish those anyway. Bytes after the
 * descriptors have arrived carry none, and neither do bytes without descriptors ahead. They may be
 * received before the reader asks for them. This costs one system call per chunk, and two more per
 * message with descriptors.
 */

import { MSG_CTRUNC, MSG_PEEK, recvmsg } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";

/** The largest number of descriptors in one message. unix(7) */
export const maxFdsPerMessage = 253;

/** The largest size of a chunk. */
const chunkSize = 65536;

/** The buffer for looking ahead. Its contents are not used. */
let scratch: Uint8Array | undefined;

/** Received bytes, and the descriptors that came with them. */
export interface Chunk {
  /** Empty at the end of the stream. */
  readonly data: Buffer;
  /** The descriptors. The caller has to close them. */
  readonly fds: number[];
  /** Whether descriptors were lost, because the process can't open more. */
  readonly isTruncated: boolean;
}

/** Receives from one socket. No other code may receive from it. */
export class Receiver {
  /** How many bytes carry no descriptors. */
  #withoutFds = 0;
  /** How many bytes may carry descriptors. */
  #withFds = 0;
  #position = 0;
  #isAtEnd = false;

  /** Whether the next bytes may carry descriptors, as far as is known. */
  get mayCarryFds(): boolean {
    return this.#withFds > 0;
  }

  /** How many bytes have been received. */
  get position(): number {
    return this.#position;
  }

  /** Whether the peer has ended its side. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /**
   * Receives a chunk.
   *
   * @param fd The socket.
   * @param maxBytes How many bytes that may carry descriptors the reader gets at once; at least 1.
   * @returns The chunk; undefined if it would block. It is empty at the end.
   */
  receive(fd: number, maxBytes: number): Chunk | undefined {
    const chunk = this.#receiveChunk(fd, maxBytes);
    if (chunk === undefined) return undefined;
    this.#position += chunk.data.length;
    this.#isAtEnd = chunk.data.length === 0;
    return chunk;
  }

  #receiveChunk(fd: number, maxBytes: number): Chunk | undefined {
    if (this.#withoutFds + this.#withFds === 0 && !this.#lookAhead(fd)) return undefined;
    if (this.#withFds === 0) return this.#receiveWithoutFds(fd);
    const first = receiveUpTo(fd, Math.min(maxBytes, this.#withFds));
    if (first === undefined) return undefined;
    this.#withFds -= first.data.length;
    if (first.fds.length === 0 && !first.isTruncated) return first;
    [this.#withoutFds, this.#withFds] = [this.#withFds, 0];
    const rest = this.#withoutFds > 0 ? this.#receiveWithoutFds(fd) : undefined;
    if (rest === undefined) return first;
    return {
      data: Buffer.concat([first.data, rest.data]),
      fds: [...first.fds, ...rest.fds],
      isTruncated: first.isTruncated || rest.isTruncated,
    };
  }

  /** Looks ahead. Returns whether there are bytes, or the end of the stream. */
  #lookAhead(fd: number): boolean {
    scratch ??= new Uint8Array(chunkSize);
    const ahead = recvmsg(fd, scratch, { flags: MSG_PEEK });
    if (ahead === undefined) return false;
    if ((ahead.flags & MSG_CTRUNC) !== 0) this.#withFds = ahead.length;
    else this.#withoutFds = ahead.length;
    return true;
  }

  #receiveWithoutFds(fd: number): Chunk | undefined {
    const chunk = receiveUpTo(fd, this.#withoutFds);
    this.#withoutFds -= chunk?.data.length ?? 0;
    return chunk;
  }
}

function receiveUpTo(fd: number, size: number): Chunk | undefined {
  const data = Buffer.allocUnsafe(size);
  const received = recvmsg(fd, data, { maxFds: maxFdsPerMessage });
  if (received === undefined) return undefined;
  const { length, fds, flags } = received;
  return { data: data.subarray(0, length), fds, isTruncated: (flags & MSG_CTRUNC) !== 0 };
}
