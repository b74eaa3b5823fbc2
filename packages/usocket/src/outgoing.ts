/** Chunks that are being sent. */

import { dup } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import process from "node:process";
import { inspect } from "node:util";
import { closeAll } from "./received_fds.ts";
import { maxFdsPerMessage } from "./receiver.ts";

/** A message for {@linkcode USocket.write}: bytes, descriptors, or both. */
export interface UMessage {
  /** The bytes. Don't change them until they have been sent. */
  readonly data?: string | ArrayBufferView | null | undefined;
  /**
   * The descriptors, at most 253. They are sent with the first byte of `data`. Without `data`, they
   * are sent with the first byte of the next message.
   */
  readonly fds?: readonly number[] | null | undefined;
  /**
   * Called once: without an argument when the message has been sent, and otherwise with an error.
   * Keep the descriptors open until then. Without a callback, you may close them at once.
   */
  readonly callback?: ((error?: Error) => void) | null | undefined;
}

/** A chunk for {@linkcode USocket.write}. */
export type UChunk = string | ArrayBufferView | readonly number[] | UMessage;

/** A chunk in the stream's queue. */
export class Outgoing {
  readonly #chunk: unknown;
  readonly #encoding: BufferEncoding | undefined;
  /** The message's own callback. */
  readonly callback: ((error?: Error) => void) | null | undefined;
  /** The program's descriptors, or duplicates. */
  fds: readonly number[] = [];
  /** The outcome, once it is certain: an error if the chunk can't be sent. */
  outcome: { readonly error?: Error | undefined } | undefined;
  /** Whether the stream has finished with it. Its descriptors may still be unsent. */
  isWritten = false;
  /** Calls the program's callbacks. Called once. */
  onSettled: (error?: Error | null) => void = () => {};
  #isDuplicated = false;

  /**
   * Accepts any value. {@linkcode Outgoing.bytes} throws for a wrong one.
   *
   * @param chunk The chunk.
   * @param encoding The encoding of a string.
   */
  constructor(chunk: unknown, encoding?: BufferEncoding) {
    this.#chunk = chunk;
    this.#encoding = encoding;
    if (isMessage(chunk)) this.callback = chunk.callback;
    const fds = isMessage(chunk) ? chunk.fds : chunk;
    // The program may reuse its array.
    if (Array.isArray(fds)) this.fds = [...fds];
  }

  /** Returns the bytes to send. Throws for a wrong chunk. */
  bytes(): Buffer {
    const chunk = this.#chunk;
    if (this.fds.length > maxFdsPerMessage) {
      throw new RangeError(
        `A message can have at most ${maxFdsPerMessage} descriptors, got ${this.fds.length}`,
      );
    }
    if (Array.isArray(chunk)) return Buffer.alloc(0);
    if (!isMessage(chunk)) return toBuffer(chunk, this.#encoding);
    const { data, fds, callback } = chunk;
    if (fds !== undefined && fds !== null && !Array.isArray(fds)) {
      throw new TypeError(`The descriptors must be an array, got ${inspect(fds)}`);
    }
    if (callback !== undefined && callback !== null && typeof callback !== "function") {
      throw new TypeError(`The callback must be a function, got ${inspect(callback)}`);
    }
    if (data !== undefined && data !== null) return toBuffer(data, this.#encoding);
    if (fds === undefined || fds === null) {
      throw new TypeError(`A message must have data or fds, got ${inspect(chunk)}`);
    }
    return Buffer.alloc(0);
  }

  /** Replaces the program's descriptors with duplicates, so that the program may close its own. */
  duplicateFds(): void {
    const duplicates: number[] = [];
    try {
      for (const fd of this.fds) duplicates.push(dup(fd));
    } catch (error) {
      closeAll(duplicates);
      throw error;
    }
    this.fds = duplicates;
    this.#isDuplicated = true;
  }

  /** Settles a chunk whose descriptors were sent with a later one. */
  settle(error?: Error): void {
    this.outcome = { error };
    this.closeDuplicates();
    // An error of a callback must not affect other messages.
    if (this.isWritten) process.nextTick(this.onSettled, error);
  }

  /** Closes the duplicates. */
  closeDuplicates(): void {
    if (this.#isDuplicated) closeAll(this.fds);
    this.fds = [];
    this.#isDuplicated = false;
  }
}

function isMessage(chunk: unknown): chunk is UMessage {
  return typeof chunk === "object" && chunk !== null && !Array.isArray(chunk) &&
    !ArrayBuffer.isView(chunk);
}

function toBuffer(data: unknown, encoding: BufferEncoding | undefined): Buffer {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (Buffer.isBuffer(data)) return data;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`The data must be a string or an ArrayBufferView, got ${inspect(data)}`);
}
