/** Chunks on their way to the socket. */

import { dup } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import process from "node:process";
import { inspect } from "node:util";
import { closeAll } from "./received_fds.ts";
import { mostFds } from "./receive.ts";

/** A message for {@linkcode USocket.write}: bytes, descriptors, or both. */
export interface UMessage {
  /** The bytes. Don't change them until they have been sent. */
  readonly data?: string | ArrayBufferView;
  /**
   * The descriptors, at most 253. They are sent with the first byte of `data`, or with the first
   * byte that is written next if there is no `data`.
   */
  readonly fds?: readonly number[];
  /**
   * Called once: without an argument when everything has been sent, or with an error if it can't
   * be. Keep the descriptors open until then. Without a callback, you may close them at once.
   */
  readonly callback?: (error?: Error) => void;
}

/** A chunk for {@linkcode USocket.write}. */
export type UChunk = string | ArrayBufferView | readonly number[] | UMessage;

/** A chunk on its way. The stream's own queue consists of these. */
export class Outgoing {
  readonly #chunk: unknown;
  readonly #encoding: BufferEncoding | undefined;
  /** The callback of the message. */
  readonly callback: ((error?: Error) => void) | undefined;
  /** The program's, or duplicates. */
  fds: readonly number[] = [];
  /** The outcome once it is certain: an error if the chunk can't be sent. */
  outcome: { readonly error?: Error | undefined } | undefined;
  /**
   * Whether the stream is done with it, although its descriptors are still to be sent with a later
   * chunk.
   */
  written = false;
  /** Calls the program back. Called once. */
  settle: (error?: Error | null) => void = () => {};
  #duplicated = false;

  /**
   * Takes any value. {@linkcode Outgoing.bytes} throws if it is a wrong one.
   *
   * @param chunk What to send.
   * @param encoding The encoding, if the chunk is a string.
   */
  constructor(chunk: unknown, encoding?: BufferEncoding) {
    this.#chunk = chunk;
    this.#encoding = encoding;
    if (isMessage(chunk)) this.callback = chunk.callback;
    const fds = isMessage(chunk) ? chunk.fds : chunk;
    // The program may use its array again.
    if (Array.isArray(fds)) this.fds = [...fds];
  }

  /** The bytes to send. Throws if the chunk isn't one. */
  bytes(): Buffer {
    const chunk = this.#chunk;
    if (Array.isArray(chunk)) return this.#checked(Buffer.alloc(0));
    if (!isMessage(chunk)) return this.#checked(bytesOf(chunk, this.#encoding));
    const { data, fds, callback } = chunk;
    if (fds !== undefined && fds !== null && !Array.isArray(fds)) {
      throw new TypeError(`The descriptors must be an array, got ${inspect(fds)}`);
    }
    if (callback !== undefined && callback !== null && typeof callback !== "function") {
      throw new TypeError(`The callback must be a function, got ${inspect(callback)}`);
    }
    if (data !== undefined && data !== null) return this.#checked(bytesOf(data, this.#encoding));
    if (fds === undefined || fds === null) {
      throw new TypeError(`Neither data nor descriptors to write: ${inspect(chunk)}`);
    }
    return this.#checked(Buffer.alloc(0));
  }

  #checked(bytes: Buffer): Buffer {
    if (this.fds.length > mostFds) {
      throw new RangeError(
        `A message has at most ${mostFds} descriptors, got ${this.fds.length}`,
      );
    }
    return bytes;
  }

  /** Replaces the program's descriptors by duplicates, so that the program may close its own. */
  keep(): void {
    const copies: number[] = [];
    try {
      for (const fd of this.fds) copies.push(dup(fd));
    } catch (error) {
      closeAll(copies);
      throw error;
    }
    this.fds = copies;
    this.#duplicated = true;
  }

  /** Settles a chunk whose descriptors were sent with a later one. */
  finish(error?: Error): void {
    this.outcome = { error };
    this.release();
    // What it throws must concern nobody else.
    if (this.written) process.nextTick(this.settle, error);
  }

  /** Closes its duplicates. */
  release(): void {
    if (this.#duplicated) closeAll(this.fds);
    this.fds = [];
    this.#duplicated = false;
  }
}

function isMessage(chunk: unknown): chunk is UMessage {
  return typeof chunk === "object" && chunk !== null && !Array.isArray(chunk) &&
    !ArrayBuffer.isView(chunk);
}

function bytesOf(data: unknown, encoding: BufferEncoding | undefined): Buffer {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (Buffer.isBuffer(data)) return data;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`The data must be a string or a view of memory, got ${inspect(data)}`);
}
