/** The types that programs use with a UnixDgramSocket. */

import type { FdLike } from "@fdready/fdready";
import type { Buffer } from "node:buffer";
import type { UnixDgramError } from "./errors.ts";

export type { FdLike };

/** The sender of a datagram. */
export interface Credentials {
  /** The process ID; 0 if the process is in another namespace. */
  readonly pid: number;
  /** The user ID. */
  readonly uid: number;
  /** The group ID. */
  readonly gid: number;
}

/** The options of a `UnixDgramSocket`. */
export interface UnixDgramOptions {
  /**
   * The largest number of descriptors to receive with one datagram, up to 253. The default is 0,
   * because the program has to close them. The socket closes additional ones.
   */
  readonly maxFds?: number | undefined;
  /** Whether to receive the sender's credentials with each datagram (default: false). */
  readonly credentials?: boolean | undefined;
  /**
   * The largest number of unsent datagrams that wait in this process (default: 1000). Sends beyond
   * that reject.
   */
  readonly maxQueued?: number | undefined;
  /**
   * The kernel's limit for unsent data (`SO_SNDBUF`), in bytes. It also limits a datagram's size.
   */
  readonly sendBufferSize?: number | undefined;
  /** The kernel's limit for unread data (`SO_RCVBUF`), in bytes. */
  readonly recvBufferSize?: number | undefined;
  /** A signal that closes the socket. */
  readonly signal?: AbortSignal | undefined;
}

/** A received datagram. */
export interface Datagram {
  /** The bytes. */
  readonly data: Buffer;
  /**
   * The sender's path, a NUL and its abstract name, or `null` if it isn't bound. Bytes that aren't
   * UTF-8 are replaced: `pathBytes` has them.
   */
  readonly path: string | null;
  /** The bytes of `path`, which {@linkcode SendOptions} accepts too. */
  readonly pathBytes: Uint8Array | null;
  /** The descriptors that came with it. They are yours to close. */
  readonly fds: number[];
  /** The sender's credentials, if the socket has that option. */
  readonly credentials: Credentials | undefined;
  /**
   * Whether bytes or descriptors were cut off: `data` has 512 KiB, or `fds` has `maxFds` numbers.
   */
  readonly isTruncated: boolean;
}

/** The second argument of a listener for `"message"`. */
export interface RemoteInfo extends Omit<Datagram, "data"> {
  /** The number of bytes. */
  readonly size: number;
  /** An empty object, as in npm's package. */
  readonly address: Record<string, never>;
}

/** The options for waiting. */
export interface WaitOptions {
  /** A signal that ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** The options for sending a datagram. */
export interface SendOptions extends WaitOptions {
  /** The receiver's path, or a NUL and an abstract name. The default is the connected one. */
  readonly path?: string | Uint8Array | undefined;
  /** Descriptors to send with the datagram, at most 253. Keep them open until it is sent. */
  readonly fds?: readonly FdLike[] | undefined;
}

/** The bytes of a datagram. */
export type DatagramData = string | ArrayBufferView;

/** Called without an argument if the datagram was sent, and otherwise with an error. */
export type SendCallback = (error?: UnixDgramError) => void;

/** A listener for `"message"`. */
export type MessageListener = (data: Buffer, remote: RemoteInfo) => void;
