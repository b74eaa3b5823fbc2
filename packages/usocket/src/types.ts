/** The types that programs use with a USocket. */

import type { Buffer } from "node:buffer";

/** The options for connecting a `USocket`. */
export interface USocketOptions {
  /** The path of the server's socket, or a NUL and an abstract name. */
  readonly path?: string | null | undefined;
  /** A connected stream socket to take over. The USocket closes it from then on. */
  readonly fd?: number | null | undefined;
  /** Whether you can still write to the socket after its peer has ended (default: true). */
  readonly allowHalfOpen?: boolean | undefined;
  /** The number of unread bytes that stops receiving. The default is the runtime's own. */
  readonly readableHighWaterMark?: number | undefined;
  /** The number of unsent messages that makes `write` return `false` (default: 16). */
  readonly writableHighWaterMark?: number | undefined;
  /**
   * The largest number of unread descriptors (default: 1012, which is four full messages). If a
   * peer sends more, the socket is destroyed with an error, so that the peer can't use up the
   * descriptors of the process.
   */
  readonly maxFds?: number | undefined;
}

/** The result of `USocket.read` if you ask for descriptors. */
export interface UData {
  /** The bytes; `null` if you asked only for descriptors, or there were only descriptors. */
  readonly data: Buffer | null;
  /** The descriptors, which are yours to close. */
  readonly fds: number[];
}

/** The process at the other end of a socket. */
export interface PeerCredentials {
  /** The process ID; 0 if the process is in another namespace. */
  readonly pid: number;
  /** The user ID at the time of its `connect` or `listen`. */
  readonly uid: number;
  /** The group ID at that time. */
  readonly gid: number;
}

/** Called when an operation is done, with an error if it failed. */
export type Callback = (error?: Error | null) => void;
