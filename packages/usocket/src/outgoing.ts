/** What is on its way to the socket. */

import { dup } from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { closeAll } from "./received_fds.ts";
import { mostFds } from "./receive.ts";

/** What {@linkcode USocket.write} sends: bytes, descriptors, or both. */
export interface UMessage {
  /** The bytes. They mustn't change until they have been sent. */
  readonly data?: string | ArrayBufferView;
  /**
   * The descriptors, at most 253. They go with the first of the bytes; without bytes, with the first of
   * those that are written next.
   */
  readonly fds?: readonly number[];
  /**
   * Called once: without an argument when all has been sent, or with the reason why it never will be.
   * The descriptors must stay open until then. If there is none, they may be closed at once.
   */
  readonly callback?: (error?: Error) => void;
}

/** What {@linkcode USocket.write} takes. */
export type UChunk = string | ArrayBufferView | readonly number[] | UMessage;

/** A chunk on its way. The stream's own queue holds these. */
export class Outgoing {
  readonly #chunk: unknown;
  readonly #encoding: BufferEncoding | undefined;
  /** The message's own. */
  readonly callback: ((error?: Error) => void) | undefined;
  /** The program's, or duplicates. */
  fds: readonly number[] = [];
  /** What became of it, once that is certain: an error if it will never be sent. */
  outcome: { readonly error?: Error | undefined } | undefined;
  /** Whether the stream is done with it, though it is yet to be sent: another one carries its descriptors. */
  written = false;
  /** Tells the program. Called once. */
  settle: (error?: Error | null) => void = () => {};
  #duplicated = false;

  /**
   * Takes anything; {@linkcode Outgoing.bytes} refuses it.
   *
   * @param chunk What to send.
   * @param encoding Of a string.
   */
  constructor(chunk: unknown, encoding?: BufferEncoding) {
    this.#chunk = chunk;
    this.#encoding = encoding;
    if (isMessage(chunk)) this.callback = chunk.callback;
    const fds = isMessage(chunk) ? chunk.fds : chunk;
    if (Array.isArray(fds)) this.fds = fds;
  }

  /** The bytes to send. Throws if the chunk is none. */
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

  /** Makes the program's descriptors its own, so that those may be closed. */
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

  /** Ends its being carried. */
  finish(error?: Error): void {
    this.outcome = { error };
    this.release();
    if (this.written) this.settle(error);
  }

  /** Lets go of what it has of its own. */
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
