/** The descriptor of a socket: opening, watching and closing it. */

import { closeFd, type FdWatch, type Readiness, watch } from "@fdready/fdready";
import {
  AF_UNIX,
  setsockopt,
  SO_PASSCRED,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  socket,
  SOL_SOCKET,
} from "@fdready/fdready/os";
import { checkInteger } from "./checks.ts";
import { toUnixDgramError } from "./errors.ts";
import type { UnixDgramOptions } from "./types.ts";

/** The largest argument of setsockopt(2) for SO_SNDBUF and SO_RCVBUF. */
const maxBufferSize = 2 ** 31 - 1;

/** Closes the descriptors of sockets that the program can no longer reach. */
let registry: FinalizationRegistry<OwnedSocket> | undefined;

/** What an {@linkcode OwnedSocket} keeps reachable while it waits. */
export interface Owner {
  /** Closes it with its descriptor. */
  close(): void;
}

/**
 * An open descriptor with its watch. It refers to the socket only while the socket waits for
 * something or is bound, so that the garbage collector can collect a socket that the program has
 * dropped. The descriptor is closed then.
 */
export class OwnedSocket {
  readonly #watch: FdWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #onReady: ((ready: Readiness) => void) | undefined;
  /** The socket, if it must not be collected. */
  #kept: Owner | undefined;
  #readable = false;
  #writable = false;
  #fd: number;

  /**
   * Opens the descriptor.
   *
   * @param owner The socket.
   * @param options The options of the socket.
   */
  constructor(owner: Owner, options: UnixDgramOptions) {
    this.#fd = openSocket(options);
    try {
      this.#watch = watch(this.#fd, {}, (ready) => this.#onReady?.(ready));
    } catch (error) {
      closeFd(this.#fd);
      throw error;
    }
    const weakOwner = new WeakRef(owner);
    this.#signal = options.signal;
    this.#onAbort = () => weakOwner.deref()?.close();
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    registry ??= new FinalizationRegistry((dropped) => dropped.#closeDropped());
    registry.register(owner, this, this);
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Sets the directions to wait for, and the function to call then. A change makes a system call,
   * which throws if other code has closed the descriptor.
   */
  update(readable: boolean, writable: boolean, onReady: (ready: Readiness) => void): void {
    if (readable === this.#readable && writable === this.#writable) return;
    this.#watch.interest({ readable, writable });
    this.#readable = readable;
    this.#writable = writable;
    this.#onReady = readable || writable ? onReady : undefined;
  }

  /** Keeps `owner` from the garbage collector until it is closed. */
  keep(owner: Owner): void {
    this.#kept = owner;
  }

  /** Sets whether waiting keeps the process alive. */
  setRef(isRef: boolean): void {
    if (isRef) this.#watch.ref();
    else this.#watch.unref();
  }

  /** Closes the descriptor. Throws if other code has closed it. Idempotent. */
  close(): void {
    const fd = this.#fd;
    if (fd === -1) return;
    this.#fd = -1;
    registry?.unregister(this);
    this.#onReady = this.#kept = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    // Throws if the number refers to another file by now.
    this.#watch.interest({});
    this.#watch.close();
    closeFd(fd);
  }

  #closeDropped(): void {
    try {
      this.close();
    } catch {
      // Other code has closed it.
    }
  }
}

function openSocket(options: UnixDgramOptions): number {
  const { credentials, sendBufferSize, recvBufferSize } = options;
  for (const [name, size] of Object.entries({ sendBufferSize, recvBufferSize })) {
    if (size !== undefined) checkInteger(name, size, maxBufferSize);
  }
  let fd: number | undefined;
  try {
    fd = socket(AF_UNIX, SOCK_DGRAM);
    if (credentials) setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 1);
    if (sendBufferSize !== undefined) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, sendBufferSize);
    if (recvBufferSize !== undefined) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, recvBufferSize);
    return fd;
  } catch (error) {
    if (fd !== undefined) closeFd(fd);
    throw toUnixDgramError(error, "socket");
  }
}
