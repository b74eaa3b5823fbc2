/** The sending side of a USocket: one chunk at a time, and descriptors with its first byte. */

import { sendmsg, shutdown } from "@fdready/fdready/os";
import type { Buffer } from "node:buffer";
import process from "node:process";
import { asError, createError, isError } from "./errors.ts";
import type { Outgoing } from "./outgoing.ts";
import { RetryTimer } from "./retry_timer.ts";
import { maxTurnTime } from "./turn.ts";
import type { Callback } from "./types.ts";

/** The delay before another attempt to send descriptors while too many are in flight, in ms. */
const retryDelay = 64;

interface Unsent {
  readonly message: Outgoing;
  rest: Buffer;
  readonly done: Callback;
}

/** Sends the stream's chunks. */
export class Sending {
  readonly #onRetry: () => void;
  readonly #timer = new RetryTimer();
  #fd: number | undefined;
  #unsent: Unsent | undefined;
  /** Whether the socket has to become writable before more can be sent. */
  #isFull = false;
  /** Messages without bytes, whose descriptors are sent with the next bytes. */
  #fdsForNextByte: Outgoing[] = [];
  #onEnd: Callback | undefined;
  /** When to let other tasks run. */
  #deadline = Infinity;

  /**
   * Creates an idle sender. {@linkcode Sending.start} starts it.
   *
   * @param onRetry Called after a delay, to call {@linkcode Sending.send}.
   */
  constructor(onRetry: () => void) {
    this.#onRetry = onRetry;
  }

  /** Begins to send to `fd`. */
  start(fd: number): void {
    this.#fd = fd;
  }

  /** Whether to wait until the socket is writable. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds a chunk, after the last one is done. Throws for a wrong one. */
  add(message: Outgoing, done: Callback): void {
    this.#unsent = { message, rest: message.bytes(), done };
  }

  /** Ends this side once everything is sent. */
  end(done: Callback): void {
    this.#onEnd = done;
    this.send();
  }

  /** Continues to send to a socket that is writable. */
  resume(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#deadline = performance.now() + maxTurnTime;
    try {
      this.send();
    } finally {
      this.#deadline = Infinity;
    }
  }

  /** Sends as much as the socket accepts. */
  send(): void {
    if (this.#fd === undefined || this.#isFull || this.#timer.isPending) return;
    const unsent = this.#unsent;
    if (unsent !== undefined) {
      try {
        if (this.#isTurnOver || !this.#sendMessage(this.#fd, unsent)) {
          this.#isFull = true;
          return;
        }
      } catch (error) {
        if (isError(error, "ETOOMANYREFS")) {
          // The kernel limits a user's descriptors in flight, and reports no event when there is
          // room again.
          this.#timer.start(retryDelay, this.#onRetry);
          return;
        }
        this.#unsent = undefined;
        unsent.done(asError(error));
        return;
      }
      this.#unsent = undefined;
      // This may begin the next message.
      unsent.done();
    }
    if (this.#onEnd !== undefined) this.finish(this.#onEnd);
  }

  get #isTurnOver(): boolean {
    return this.#deadline !== Infinity && performance.now() > this.#deadline;
  }

  /** Returns whether everything was sent, or waits for the next bytes. */
  #sendMessage(fd: number, unsent: Unsent): boolean {
    const { message } = unsent;
    if (unsent.rest.length === 0 && message.outcome === undefined) {
      if (message.fds.length > 0) this.#fdsForNextByte.push(message);
      else message.outcome = {};
      return true;
    }
    while (unsent.rest.length > 0) {
      const fds = this.#fdsForNextByte.length === 0
        ? message.fds
        : [...this.#fdsForNextByte, message].flatMap(({ fds }) => fds);
      const count = sendmsg(fd, { data: unsent.rest, fds });
      if (count === undefined) return false;
      message.closeDuplicates();
      for (const earlier of this.#fdsForNextByte.splice(0)) earlier.settle();
      unsent.rest = unsent.rest.subarray(count);
    }
    message.outcome = {};
    return true;
  }

  /** Ends this side now. */
  finish(done: Callback): void {
    this.#onEnd = undefined;
    if (this.#fdsForNextByte.length > 0) {
      const message =
        "Descriptors can't be sent without bytes, and no bytes were written after them";
      done(createError("EINVAL", message));
      return;
    }
    try {
      if (this.#fd !== undefined) shutdown(this.#fd, "write");
    } catch (error) {
      done(isError(error, "ENOTCONN") ? null : asError(error));
      return;
    }
    done();
  }

  /** Fails all unsent messages. */
  stop(error: Error): void {
    this.#timer.cancel();
    this.#fd = undefined;
    for (const message of this.#fdsForNextByte.splice(0)) message.settle(error);
    // An error of a callback must not keep the descriptor open.
    if (this.#unsent !== undefined) process.nextTick(this.#unsent.done, error);
    this.#unsent = undefined;
  }

  /** Sets whether a delayed attempt keeps the process alive. */
  setRef(isRef: boolean): void {
    this.#timer.setRef(isRef);
  }
}
