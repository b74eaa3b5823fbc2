/**
 * `struct msghdr` and all that it points to except for the data, in memory that is used again for
 * each message. Making them, and finding out their addresses, took longer than the system call.
 */

import { getByteOffset, getIntLength, getMemory } from "../ffi/bytes.ts";
import { baseAddressOf, keepAlive } from "../ffi/c_memory.ts";
import { osLibc } from "../ffi/libc.ts";
import { retryUnlessWouldBlock } from "../ffi/results.ts";

/** struct iovec. readv(2) */
export const iovec = { base: 0, size: 8, length: 16 } as const;

/** struct msghdr. recvmsg(2) */
export const msghdr = {
  name: 0,
  nameLength: 8,
  iov: 16,
  iovCount: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
} as const;

const wordSize = 4;
const twoTo32 = 0x1_0000_0000;

/** Writes an address into a struct. */
function setPointer(words: Uint32Array, offset: number, address: number): void {
  words[offset / wordSize] = address % twoTo32;
  words[offset / wordSize + 1] = Math.floor(address / twoTo32);
}

/**
 * Writes `struct iovec[]` of `views` from `start` on. Their addresses are good while they are
 * reachable.
 */
function setIovecs(words: Uint32Array, start: number, views: readonly ArrayBufferView[]): void {
  for (const view of views) {
    const length = getIntLength(view);
    const address = length === 0 ? 0 : baseAddressOf(getMemory(view)) + getByteOffset(view);
    setPointer(words, start + iovec.base, address);
    setPointer(words, start + iovec.size, length);
    start += iovec.length;
  }
}

/** `struct iovec[]` of `views`. Their addresses are good while they are reachable. */
export function toIovecs(views: readonly ArrayBufferView[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(new ArrayBuffer(views.length * iovec.length));
  setIovecs(words, 0, views);
  return words;
}

/** Room for the parts of a message. */
export interface MessageRoom {
  /** The number of pieces of data. */
  readonly views: number;
  /** The bytes of an address: a multiple of 8. */
  readonly name: number;
  /** The bytes of control data. */
  readonly control: number;
}

/**
 * A header that is used for one message at a time. It holds the last one's parts until the next.
 */
export class MessageHeader {
  readonly room: MessageRoom;
  readonly #nameStart: number;
  readonly #controlStart: number;
  readonly #header: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(room: MessageRoom) {
    this.room = room;
    this.#nameStart = msghdr.length + room.views * iovec.length;
    this.#controlStart = this.#nameStart + room.name;
    const memory = new ArrayBuffer(this.#controlStart + room.control);
    this.#bytes = new Uint8Array(memory);
    this.#header = new Uint8Array(memory, 0, msghdr.length);
    this.#words = new Uint32Array(memory, 0, this.#nameStart / wordSize);
    const base = baseAddressOf(memory);
    setPointer(this.#words, msghdr.name, base + this.#nameStart);
    setPointer(this.#words, msghdr.iov, base + msghdr.length);
    setPointer(this.#words, msghdr.control, base + this.#controlStart);
  }

  /** Whether a message with such parts fits. */
  fits({ views, name, control }: MessageRoom): boolean {
    const { room } = this;
    return views <= room.views && name <= room.name && control <= room.control;
  }

  /**
   * Receives into `view`, with room for `controlSize` bytes of control data. Returns the length of
   * the message; `undefined` if it would block.
   */
  receive(
    fd: number,
    view: ArrayBufferView,
    controlSize: number,
    flags: number,
  ): number | undefined {
    this.#set([view], this.room.name, controlSize);
    const { recvmsg } = osLibc();
    return keepAlive(
      view,
      () => retryUnlessWouldBlock("recvmsg", fd, () => recvmsg(fd, this.#header, flags)),
    );
  }

  /** Sends `views`. Returns the number of bytes sent; `undefined` if it would block. */
  send(
    fd: number,
    views: readonly ArrayBufferView[],
    name: Uint8Array,
    control: Uint8Array,
    flags: number,
  ): number | undefined {
    this.#set(views, name.length, control.length);
    if (name.length > 0) this.#bytes.set(name, this.#nameStart);
    if (control.length > 0) this.#bytes.set(control, this.#controlStart);
    const { sendmsg } = osLibc();
    return keepAlive(
      views,
      () => retryUnlessWouldBlock("sendmsg", fd, () => sendmsg(fd, this.#header, flags)),
    );
  }

  /** The length of the sender's address that was received. */
  get nameLength(): number {
    return this.#words[msghdr.nameLength / wordSize]!;
  }

  /** A copy of the sender's address that was received. */
  copyName(): Uint8Array<ArrayBuffer> {
    const length = Math.min(this.nameLength, this.room.name);
    return this.#bytes.slice(this.#nameStart, this.#nameStart + length);
  }

  /** The length of the control data that was received. */
  get controlLength(): number {
    return this.#words[msghdr.controlLength / wordSize]!;
  }

  /** The control data that was received, which the next message overwrites. */
  get control(): DataView<ArrayBuffer> {
    return new DataView(this.#bytes.buffer, this.#controlStart, this.controlLength);
  }

  /** `MSG_*` of the message that was received. */
  get flags(): number {
    return this.#words[msghdr.flags / wordSize]!;
  }

  #set(views: readonly ArrayBufferView[], nameLength: number, controlLength: number): void {
    const words = this.#words;
    setIovecs(words, msghdr.length, views);
    words[msghdr.iovCount / wordSize] = views.length;
    words[msghdr.nameLength / wordSize] = nameLength;
    words[msghdr.controlLength / wordSize] = controlLength;
  }
}

/**
 * The room of the header that is used again: 253 descriptors and 256 bytes of other control data.
 */
const usualRoom: MessageRoom = { views: 16, name: 128, control: 1288 };

let usual: MessageHeader | undefined;

/** A header with at least that much room. */
export function headerFor(room: MessageRoom): MessageHeader {
  usual ??= new MessageHeader(usualRoom);
  return usual.fits(room) ? usual : new MessageHeader(room);
}
