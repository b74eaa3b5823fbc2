/** The receiving side of a socket: for listeners, and for pending calls of receive(). */

import {
  type IncomingMessage,
  MSG_CTRUNC,
  MSG_TRUNC,
  parseAddress,
  parseCredentials,
  recvmsg,
} from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import { createError, toUnixDgramError } from "./errors.ts";
import { maxTurnTime } from "./turn.ts";
import type { Datagram } from "./types.ts";

/**
 * The size of the receive buffer. By default a datagram has at most 208 KiB, and 416 KiB if a
 * program without privileges raises its SO_SNDBUF to the limit. socket(7)
 */
const bufferSize = 512 * 1024;

/** How many datagrams are received before other tasks run. */
const maxRounds = 64;

/**
 * The room for control data besides descriptors. Socket options that the program has set itself,
 * such as SO_TIMESTAMP, need some too.
 */
const controlSize = 256;

/** One buffer for all sockets. Pages that are never used need no memory. */
let buffer: Buffer | undefined;

interface Waiter {
  readonly resolve: (datagram: Datagram) => void;
  readonly reject: (error: unknown) => void;
}

/** The control data to receive. */
export interface ReceivingOptions {
  /** The largest number of descriptors. */
  readonly maxFds: number;
  /** Whether to receive credentials. */
  readonly credentials: boolean;
}

/** Called for datagrams and errors that no call of `receive` waits for. */
export interface ReceivingListener {
  /** Whether there is a listener for datagrams. */
  hasListener(): boolean;
  /** A datagram has arrived. */
  onDatagram(datagram: Datagram): void;
  /** A call has failed. */
  onError(error: unknown): void;
  /** {@linkcode Receiving.wantsMore} may have changed. */
  onChange(): void;
}

/** Receives datagrams. */
export class Receiving {
  readonly #options: ReceivingOptions;
  readonly #listener: ReceivingListener;
  readonly #waiters: Waiter[] = [];
  #fd: number;
  /** When calls of `receive` that needed no wait began to follow each other. */
  #turnStarted = 0;
  #rounds = 0;

  /**
   * Creates the receiving side.
   *
   * @param fd The socket.
   * @param options The control data to receive.
   * @param listener Called for datagrams and errors.
   */
  constructor(fd: number, options: ReceivingOptions, listener: ReceivingListener) {
    this.#fd = fd;
    this.#options = options;
    this.#listener = listener;
  }

  /** Whether to wait for datagrams. */
  get wantsMore(): boolean {
    return this.#waiters.length > 0 || this.#listener.hasListener();
  }

  /** Receives the next datagram, before listeners do. Rejects when one of `signals` aborts. */
  async receive(signals: readonly AbortSignal[]): Promise<Datagram> {
    for (const signal of signals) signal.throwIfAborted();
    if (this.#fd === -1) throw createClosedError();
    const datagram = this.#waiters.length === 0 && this.#spend() ? this.#receiveNow() : undefined;
    if (datagram !== undefined) return datagram;
    this.#rounds = 0;
    return await this.#wait(signals);
  }

  /** Counts a call. Returns `false` if the event loop must run before it. */
  #spend(): boolean {
    if (this.#rounds++ === 0) this.#turnStarted = performance.now();
    return this.#rounds <= maxRounds && performance.now() - this.#turnStarted <= maxTurnTime;
  }

  #wait(signals: readonly AbortSignal[]): Promise<Datagram> {
    const { promise, resolve, reject } = Promise.withResolvers<Datagram>();
    const settle = <T>(callback: (value: T) => void) => (value: T) => {
      for (const signal of signals) signal.removeEventListener("abort", onAbort);
      callback(value);
    };
    const waiter: Waiter = { resolve: settle(resolve), reject: settle(reject) };
    const onAbort = () => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      waiter.reject(signals.find(({ aborted }) => aborted)?.reason);
      this.#listener.onChange();
    };
    for (const signal of signals) signal.addEventListener("abort", onAbort, { once: true });
    this.#waiters.push(waiter);
    this.#listener.onChange();
    return promise;
  }

  /** Receives several datagrams. Throws only the errors of listeners. */
  onReadable(): void {
    const deadline = performance.now() + maxTurnTime;
    for (let round = 0; round < maxRounds && this.#fd !== -1 && this.wantsMore; round++) {
      let datagram;
      try {
        datagram = this.#receiveNow();
      } catch (error) {
        const waiter = this.#waiters.shift();
        if (waiter === undefined) this.#listener.onError(error);
        else waiter.reject(error);
        return;
      }
      if (datagram === undefined) return;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#listener.onDatagram(datagram);
      else waiter.resolve(datagram);
      if (performance.now() > deadline) return;
    }
  }

  #receiveNow(): Datagram | undefined {
    buffer ??= Buffer.alloc(bufferSize);
    const { maxFds, credentials } = this.#options;
    // Without room, the kernel discards descriptors.
    const needsRoom = maxFds > 0 || credentials;
    try {
      const message = recvmsg(this.#fd, buffer, {
        maxFds,
        controlSize: needsRoom ? controlSize : 0,
      });
      return message && toDatagram(message, buffer);
    } catch (error) {
      throw toUnixDgramError(error, "recv");
    }
  }

  /** Rejects all pending calls. */
  close(): void {
    this.#fd = -1;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(createClosedError());
  }
}

function createClosedError(): Error {
  return createError("ECANCELED", "The socket was closed", "recv");
}

/** The bytes of the path in an address, without the NUL after it; or those of an abstract name. */
function toPathBytes(address: Uint8Array): Uint8Array {
  const name = address.subarray(2); // after the family
  const end = name[0] === 0 ? -1 : name.indexOf(0);
  return end === -1 ? name : name.subarray(0, end);
}

function toDatagram(message: IncomingMessage, buffer: Buffer): Datagram {
  const { length, address, fds, control, flags } = message;
  // Buffer.from() takes twice as long.
  const data = Buffer.allocUnsafe(length);
  buffer.copy(data, 0, 0, length);
  const path = address.length === 0 ? null : parseAddress(address).path ?? null;
  return {
    data,
    path,
    pathBytes: path === null ? null : toPathBytes(address),
    fds,
    credentials: control.length === 0 ? undefined : parseCredentials(control),
    isTruncated: (flags & (MSG_TRUNC | MSG_CTRUNC)) !== 0,
  };
}
