/** Connecting to a server, or taking over a connected socket. */

import {
  AF_UNIX,
  connect,
  getsockopt,
  SO_TYPE,
  SOCK_STREAM,
  socket,
  SOL_SOCKET,
  unixAddress,
} from "@fdready/fdready/os";
import { setImmediate } from "node:timers";
import { asError, createError, isError } from "./errors.ts";
import { closeAll } from "./received_fds.ts";
import { RetryTimer } from "./retry_timer.ts";

/** The delay before the first and before every later attempt, at most, in ms. */
const [firstDelay, maxDelay] = [1, 64];

/** The path of a server, or a connected socket. */
export type Target = { readonly path: string } | { readonly fd: number };

/** Called at the end of an attempt to connect, unless it was canceled. */
export interface ConnectListener {
  /**
   * The socket is connected, and now belongs to the listener. Called synchronously if possible. If
   * this throws, the attempt has failed.
   */
  onConnect(fd: number): void;
  /** The attempt has failed. Never called synchronously. */
  onFail(error: Error): void;
}

/** One attempt to connect. */
export class Connecting {
  readonly #listener: ConnectListener;
  readonly #timer = new RetryTimer();
  #isCanceled = false;

  /**
   * Creates an attempt. {@linkcode Connecting.start} starts it.
   *
   * @param listener Called at the end.
   */
  constructor(listener: ConnectListener) {
    this.#listener = listener;
  }

  /** Begins to connect. Tries again while the server's queue is full. */
  start(target: Target): void {
    if ("fd" in target) this.#takeOver(target.fd);
    else this.#connect(target.path, firstDelay);
  }

  /** Ends the attempt without calling the listener. */
  cancel(): void {
    this.#isCanceled = true;
    this.#timer.cancel();
  }

  /** Sets whether the attempt keeps the process alive. */
  setRef(isRef: boolean): void {
    this.#timer.setRef(isRef);
  }

  #takeOver(fd: number): void {
    try {
      if (!Number.isInteger(fd) || fd < 0) {
        throw createError("EBADF", `A USocket needs an open stream socket, got the number ${fd}`);
      }
      const type = new Int32Array(1);
      getsockopt(fd, SOL_SOCKET, SO_TYPE, new Uint8Array(type.buffer));
      if (type[0] !== SOCK_STREAM) {
        throw new TypeError(`A USocket needs a stream socket, got the descriptor ${fd}`);
      }
      this.#listener.onConnect(fd);
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #connect(path: string, delay: number): void {
    let fd: number | undefined;
    try {
      const address = unixAddress(path);
      fd = socket(AF_UNIX, SOCK_STREAM);
      connect(fd, address);
      this.#listener.onConnect(fd);
    } catch (error) {
      if (fd !== undefined) closeAll([fd]);
      if (isError(error, "EAGAIN")) {
        // The server's queue is full, and the kernel reports no event when there is room.
        const next = Math.min(2 * delay, maxDelay);
        this.#timer.start(delay, () => this.#connect(path, next));
      } else {
        this.#fail(Object.assign(asError(error), { address: path }));
      }
    }
  }

  #fail(error: Error): void {
    setImmediate(() => {
      if (!this.#isCanceled) this.#listener.onFail(error);
    });
  }
}
