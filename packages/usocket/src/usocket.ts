/** A Unix socket as a stream, which passes descriptors as well as bytes. */

import { closeFd, type FdWatch, type Readiness, watch } from "@fdready/fdready";
import {
  AF_UNIX,
  connect,
  FIONREAD,
  getsockopt,
  ioctl,
  sendmsg,
  shutdown,
  SO_PEERCRED,
  SO_TYPE,
  SOCK_STREAM,
  socket,
  SOL_SOCKET,
  unixAddress,
} from "@fdready/fdready/os";
import { Buffer } from "node:buffer";
import process from "node:process";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { inspect } from "node:util";
import { asError, failure, isError } from "./errors.ts";
import { Outgoing, type UChunk } from "./outgoing.ts";
import { mostFds, Receiver } from "./receive.ts";
import { closeAll, ReceivedFds } from "./received_fds.ts";

/** How {@linkcode USocket} connects and behaves. */
export interface USocketOptions {
  /** The path of the server's socket, or a NUL and an abstract name. */
  readonly path?: string;
  /** A connected stream socket to take over. The USocket closes it from then on. */
  readonly fd?: number;
  /** Whether you can still write to the socket after its peer has ended (default: true). */
  readonly allowHalfOpen?: boolean;
  /** How many unread bytes stop it from receiving more. The default is that of the runtime. */
  readonly readableHighWaterMark?: number;
  /** How many unsent messages make {@linkcode USocket.write} return `false` (default: 16). */
  readonly writableHighWaterMark?: number;
  /**
   * How many descriptors may wait to be taken (default: 1012, which is four full messages). If a
   * peer sends more, the socket is destroyed with an error, so that the peer can't use up the
   * descriptors of the process.
   */
  readonly maxFds?: number;
}

/** The result of {@linkcode USocket.read} if you ask for descriptors. */
export interface UData {
  /** The bytes; `null` if you asked only for descriptors, or there were only descriptors. */
  readonly data: Buffer | null;
  /** The descriptors, which are yours to close. */
  readonly fds: number[];
}

/** The process at the other end of a socket. */
export interface PeerCredentials {
  /** The process ID; 0 if it is in another namespace. */
  readonly pid: number;
  /** The user ID that it had when it connected, or began to listen. */
  readonly uid: number;
  /** The group ID that it had then. */
  readonly gid: number;
}

/** Called when an operation is done, with an error if it failed. */
export type Callback = (error?: Error | null) => void;

/** How often the socket is read or written in a row before other tasks get their turn. */
const mostRounds = 16;

/** How many descriptors stop it from receiving ahead of the reader. */
const fdHighWaterMark = 64;

/** How long to wait, at first and at most, before trying again, in ms. */
const [firstDelay, longestDelay] = [1, 64];

/**
 * A Unix socket as a stream that passes descriptors, with the API of npm's `USocket`.
 *
 * It emits what a `Duplex` emits, and also `"connected"`, and `"fds"` with an array of descriptors
 * that have arrived, before you can read the bytes that they came with. Descriptors that have
 * arrived belong to the socket, which closes them when it ends. They are yours once you have taken
 * them by {@linkcode USocket.read} or {@linkcode USocket.takeFds}. The event `"fds"` doesn't make
 * them yours.
 *
 * @example
 * ```ts
 * import { UServer, USocket } from "@fdready/usocket";
 * import { close, pipe } from "@fdready/fdready/os";
 * import { once } from "node:events";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * const server = new UServer();
 * server.listen(path);
 * const client = new USocket({ path });
 * const [connection] = await once(server, "connection");
 *
 * const [from, to] = pipe();
 * connection.end({ data: "a pipe", fds: [from], callback: () => close(from) });
 *
 * client.on("readable", () => {
 *   const message = client.read(6, 1);
 *   if (message === null) return; // it hasn't arrived completely
 *   console.log(String(message.data), message.fds.length); // a pipe 1
 *   for (const fd of [to, ...message.fds]) close(fd);
 *   client.end();
 *   server.close();
 * });
 * ```
 */
export class USocket extends Duplex {
  #fd: number | undefined;
  #watch: FdWatch | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #connecting = false;
  /** Whether it has said that it is connected, before which nothing is sent or received. */
  #announced = false;
  #held = true;

  readonly #maxFds: number;
  readonly #fds = new ReceivedFds();
  /** How many bytes have been received. */
  #received = 0;
  #atEnd = false;
  /** Whether the stream wants more bytes. */
  #wanted = false;
  /**
   * The position up to which a reader has asked for bytes that weren't there; Infinity if it asked
   * for descriptors. Such a reader gets another `"readable"`.
   */
  #awaited = 0;
  readonly #receiver = new Receiver();
  #receiving = false;

  #sending: { message: Outgoing; rest: Buffer; done: Callback } | undefined;
  /** Whether the socket has to become writable before more can be sent. */
  #full = false;
  /** Messages without bytes, whose descriptors are sent with the next bytes. */
  #carried: Outgoing[] = [];
  #shutDown: Callback | undefined;

  /**
   * Makes a socket, and connects it if the options have a path or a descriptor.
   *
   * @param options The options, or just a path. If they have neither a path nor an `fd`, call
   * {@linkcode USocket.connect}.
   * @param connected Called once the socket is connected.
   * @throws {TypeError} As {@linkcode USocket.connect}, or if an option has a wrong value.
   * @throws {SystemError} As {@linkcode USocket.connect}.
   */
  constructor(options: USocketOptions | string | null = {}, connected?: () => void) {
    const given = typeof options === "string" ? { path: options } : options ?? {};
    const { allowHalfOpen, readableHighWaterMark, writableHighWaterMark, maxFds = 4 * mostFds } =
      given;
    if (!Number.isInteger(maxFds) || maxFds < 0) {
      throw new TypeError(`The option maxFds must be a number of descriptors, got ${maxFds}`);
    }
    super({
      writableObjectMode: true,
      allowHalfOpen: allowHalfOpen ?? true,
      ...(readableHighWaterMark === undefined ? {} : { readableHighWaterMark }),
      ...(writableHighWaterMark === undefined ? {} : { writableHighWaterMark }),
    });
    this.#maxFds = maxFds;
    const { path = null, fd = null } = given;
    if (path !== null || fd !== null) this.connect(given, connected);
  }

  /** The descriptor, while the socket is connected. The socket closes it. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Whether the socket is being connected. */
  get connecting(): boolean {
    return this.#connecting;
  }

  /**
   * The process at the other end, as the kernel reports it; undefined while there is no
   * connection.
   */
  get peerCredentials(): PeerCredentials | undefined {
    if (this.#fd === undefined) return undefined;
    const credentials = new Uint32Array(3);
    getsockopt(this.#fd, SOL_SOCKET, SO_PEERCRED, new Uint8Array(credentials.buffer));
    const [pid = 0, uid = 0, gid = 0] = credentials;
    return { pid, uid, gid };
  }

  /**
   * Connects to a server, or takes over a socket. Data that you write before it is connected is
   * sent once it is. If the server's queue of connections is full, it tries again until there is
   * room. Later failures are an `"error"`.
   *
   * @param options The server's path, or an object with the `path`, or with the `fd` to take over.
   * @param connected Called once the socket is connected.
   * @returns The socket.
   * @throws {TypeError} If there is neither a path nor a descriptor, or the descriptor isn't a
   * stream socket. You then still have to close the descriptor.
   * @throws {SystemError} `EBADF` or `ENOTSOCK`, for the descriptor.
   * @throws {Error} If the socket has been connected before.
   *
   * @example
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { once } from "node:events";
   *
   * const socket = new USocket();
   * socket.connect("/nonexistent");
   * const [error] = await once(socket, "error");
   * console.log(error.code); // ENOENT
   * ```
   */
  connect(options: USocketOptions | string, connected?: () => void): this {
    if (this.#connecting || this.#fd !== undefined || this.destroyed) {
      throw new Error("This USocket has been connected before");
    }
    const { path, fd } = typeof options === "string" ? { path: options, fd: undefined } : options;
    if (typeof fd === "number") {
      const type = new Int32Array(1);
      getsockopt(fd, SOL_SOCKET, SO_TYPE, new Uint8Array(type.buffer));
      if (type[0] !== SOCK_STREAM) throw new TypeError(`Not a stream socket: ${fd}`);
      this.#open(fd);
    } else if (typeof path === "string") {
      this.#connecting = true;
      this.#connectTo(path, firstDelay);
    } else {
      throw new TypeError(`The USocket needs a path or an fd, got ${inspect(options)}`);
    }
    if (typeof connected === "function") this.once("connected", connected);
    return this;
  }

  #connectTo(path: string, delay: number): void {
    let fd: number | undefined;
    try {
      const address = unixAddress(path);
      fd = socket(AF_UNIX, SOCK_STREAM);
      connect(fd, address);
      this.#open(fd);
    } catch (error) {
      if (fd !== undefined) closeAll([fd]);
      if (isError(error, "EAGAIN")) {
        // The server's queue is full, and the kernel reports no event when there is room.
        const next = Math.min(2 * delay, longestDelay);
        return this.#retryAfter(delay, () => this.#connectTo(path, next));
      }
      const reason = Object.assign(asError(error), { address: path });
      setImmediate(() => this.destroy(reason));
    }
  }

  /** Takes over `fd`. */
  #open(fd: number): void {
    this.#watch = watch(fd, {}, (ready) => this.#onReady(ready));
    if (!this.#held) this.#watch.unref();
    this.#fd = fd;
    this.#connecting = false;
    // A caller who gets the socket by an await can listen before that.
    setImmediate(() => this.#announce());
  }

  #announce(): void {
    if (this.destroyed) return;
    this.#announced = true;
    try {
      this.emit("connected");
    } finally {
      this.#goOn();
    }
  }

  /** Sends and receives what can be. */
  #goOn(): void {
    try {
      this.#send();
    } finally {
      this.#update();
    }
  }

  #onReady(ready: Readiness): void {
    try {
      if (ready.writable && this.#full) {
        this.#full = false;
        this.#send();
      }
      if (ready.readable) this.#receive();
    } finally {
      this.#update();
    }
  }

  /** Waits for the directions that the stream needs now. */
  #update(): void {
    if (this.destroyed || this.#watch === undefined) return;
    try {
      this.#watch.interest({ readable: this.#wantsMore, writable: this.#full });
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  // Receiving

  get #wantsMore(): boolean {
    if (!this.#wanted || !this.#announced || this.#atEnd || this.destroyed) return false;
    if (this.#received < this.#awaited || this.readableLength === 0) return true;
    if (this.#receiver.mixed && !this.readableFlowing) return false;
    return this.#fds.length < fdHighWaterMark;
  }

  #receive(): void {
    // The listener may read, but must not get bytes before it was told of their descriptors.
    if (this.#receiving) return;
    this.#receiving = true;
    try {
      for (let round = 0; round < mostRounds && this.#wantsMore; round++) {
        // In flowing mode, data is emitted at once.
        if (!this.#receiveChunk(this.#fd!, this.readableFlowing ? Infinity : 1)) return;
      }
    } finally {
      this.#receiving = false;
    }
  }

  /** Returns whether there may be more. Throws only what listeners throw. */
  #receiveChunk(fd: number, together: number): boolean {
    let chunk;
    try {
      chunk = this.#receiver.receive(fd, together);
    } catch (error) {
      this.destroy(asError(error));
    }
    if (chunk === undefined) return false;
    const { data, fds, lost } = chunk;
    this.#fds.add(fds, this.#received);
    if (lost) {
      const words = "Descriptors were lost, since the process can't open any more";
      this.destroy(failure("EMFILE", words));
      return false;
    }
    if (fds.length > 0) this.#awaited = 0;
    if (data.length === 0) {
      this.#atEnd = true;
      this.push(null);
      // A stream notices its end only in a read.
      this.read(0);
      return false;
    }
    this.#received += data.length;
    try {
      if (fds.length > 0) this.emit("fds", [...fds]);
    } finally {
      if (!this.destroyed) this.#wanted = this.push(data);
    }
    if (this.#fds.length <= this.#maxFds) return true;
    const words = `The peer has sent ${this.#fds.length} descriptors that weren't taken`;
    this.destroy(failure("ENOBUFS", words));
    return false;
  }

  /** The position up to which bytes have been read. */
  get #readUpTo(): number {
    // With an encoding, unread text can't be counted in bytes.
    return this.readableEncoding === null ? this.#received - this.readableLength : Infinity;
  }

  /**
   * Reads bytes, as every readable stream does. The descriptors that came with them can still be
   * taken.
   *
   * @param size How many bytes (default: all).
   * @returns The bytes; `null` if there aren't that many.
   */
  override read(size?: number): Buffer | null;
  /**
   * Reads bytes together with descriptors: both, or neither.
   *
   * @param size How many bytes; `null` for all.
   * @param fdSize How many descriptors, of those that have arrived. `null` takes those that came
   * with the bytes read so far, including this call; or all, if `size` is 0 or the stream has an
   * encoding.
   * @returns Both; `null` if there aren't that many. Then wait for the next `"readable"` with a
   * listener that stays: one that is added while there are some bytes is called at once.
   * @throws {TypeError} If `fdSize` isn't an integer.
   *
   * @example
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { close, socketpair } from "@fdready/fdready/os";
   * import { once } from "node:events";
   *
   * const [one, other] = socketpair().map((fd) => new USocket({ fd }));
   * one!.write({ data: "its own end", fds: [one!.fd!] });
   *
   * await once(other!, "readable");
   * const { data, fds } = other!.read(11, null)!;
   * console.log(String(data), fds.length); // its own end 1
   * for (const fd of fds) close(fd);
   * for (const socket of [one!, other!]) socket.destroy();
   * ```
   */
  override read(size: number | null | undefined, fdSize: number | null): UData | null;
  override read(size?: number | null, fdSize?: number | null): Buffer | UData | null {
    if (fdSize === undefined) {
      const data = this.#readBytes(size);
      this.#update();
      return data;
    }
    if (this.destroyed) return null;
    if (fdSize !== null) checkCount(fdSize);
    const read = this.#readBoth(size, fdSize);
    this.#update();
    return read;
  }

  #readBoth(size: number | null | undefined, fdSize: number | null): UData | null {
    if (fdSize !== null && this.#fds.length < fdSize) {
      const short = typeof size === "number" && size > this.readableLength;
      if (short) this.#receiveTogether(size);
      if (this.#fds.length < fdSize) {
        // If there are enough bytes, the reader is missing descriptors behind them.
        super.read(short && !this.#atEnd ? size : 0);
        this.#awaited = short ? this.#received + size - this.readableLength : Infinity;
        return null;
      }
    }
    // Without a size, newer streams read one chunk only.
    const data = this.#readBytes(size ?? (this.readableLength || undefined));
    if (data === null && typeof size === "number" && size > 0) return null;
    const fds = fdSize !== null
      ? this.#fds.take(fdSize)
      : this.#fds.takeBefore(size === 0 ? Infinity : this.#readUpTo);
    const isNothing = data === null && fds.length === 0;
    return isNothing && (size !== 0 || fdSize === null) ? null : { data, fds };
  }

  #readBytes(size: number | null | undefined): Buffer | null {
    const count = size ?? undefined;
    const missing = (count ?? 1) - this.readableLength;
    if (!(missing > 0) || this.#atEnd) {
      if (count !== 0) this.#awaited = 0;
      return super.read(count);
    }
    this.#receiveTogether(count);
    const data = super.read(count);
    this.#awaited = data === null ? this.#received + (count ?? 1) - this.readableLength : 0;
    return data;
  }

  /**
   * Receives the bytes that are missing from `size`, if all of them are there. Otherwise receives
   * only those whose message is certain. So a reader that asks again and again in one turn also
   * makes progress.
   */
  #receiveTogether(size?: number): void {
    const fd = this.#fd;
    if (fd === undefined || !this.#announced || this.#receiving) return;
    if (!this.#receiver.mixed && (size === undefined || this.readableLength === 0)) return;
    const missing = size === undefined ? Infinity : size - this.readableLength;
    this.#receiving = true;
    try {
      if (size === undefined || missing > countReadable(fd)) {
        this.#receiveChunk(fd, size === undefined ? Infinity : 1);
        return;
      }
      const end = this.#received + missing;
      while (this.#received < end && !this.destroyed) {
        if (!this.#receiveChunk(fd, end - this.#received)) return;
      }
    } finally {
      this.#receiving = false;
    }
  }

  /**
   * Takes descriptors that have arrived. They are yours to close.
   *
   * @param count How many at most (default: all).
   * @returns The oldest ones.
   * @throws {TypeError} If `count` isn't an integer.
   *
   * @example
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { close, socketpair } from "@fdready/fdready/os";
   *
   * const [one, other] = socketpair().map((fd) => new USocket({ fd }));
   * one!.end({ data: "its own end", fds: [one!.fd!] });
   * for await (const data of other!) {
   *   console.log(data.length, other!.takeFds().map(close).length); // 11 1
   *   other!.destroy();
   * }
   * ```
   */
  takeFds(count = Infinity): number[] {
    if (count !== Infinity) checkCount(count);
    const taken = this.#fds.take(count);
    this.#update();
    return taken;
  }

  /**
   * Puts bytes and descriptors back, to be read next.
   *
   * @param chunk The bytes, or nothing.
   * @param fds Descriptors, which belong to the socket again.
   */
  override unshift(chunk: string | Uint8Array | null | undefined, fds?: unknown): void {
    if (chunk !== null && chunk !== undefined) {
      super.unshift(chunk, typeof fds === "string" ? toEncoding(fds) : undefined);
    }
    if (!Array.isArray(fds)) return;
    const at = Math.max(this.#readUpTo, 0);
    this.#fds.putBack(fds, Number.isFinite(at) ? at : 0);
    if (this.destroyed) this.#fds.close();
  }

  /** For the stream alone. */
  override _read(): void {
    this.#wanted = true;
    this.#update();
  }

  // Sending

  /**
   * Writes bytes, descriptors, or both together.
   *
   * @param chunk The bytes; an array of descriptors, which are sent with the first byte that you
   * write next; or an object with `data`, `fds` and a `callback`. The descriptors stay yours to
   * close. If there is a callback, keep them open until it is called.
   * @param callback Called when everything has been sent, or with an error if it can't be.
   * @returns `false` if you should wait for `"drain"` before you write more.
   *
   * @example
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { close, pipe, socketpair } from "@fdready/fdready/os";
   *
   * const [one, other] = socketpair().map((fd) => new USocket({ fd }));
   * const [from, to] = pipe();
   * one!.write({ data: "a pipe", fds: [from, to] });
   * for (const fd of [from, to]) close(fd); // they are on their way
   * for (const socket of [one!, other!]) socket.destroy();
   * ```
   */
  override write(chunk: UChunk, callback?: Callback): boolean;
  /**
   * As above, with the encoding as an argument.
   *
   * @param chunk As above.
   * @param encoding How to turn a string into bytes (default: UTF-8).
   * @param callback As above.
   * @returns As above.
   */
  override write(chunk: UChunk, encoding: BufferEncoding | undefined, callback?: Callback): boolean;
  override write(
    chunk: UChunk,
    encoding?: BufferEncoding | Callback,
    callback?: Callback,
  ): boolean {
    if (typeof encoding === "function") return this.write(chunk, undefined, encoding);
    // Node throws its own error.
    if (chunk === null || chunk === undefined) return super.write(chunk);
    const message = new Outgoing(chunk, encoding);
    message.settle = (error) => {
      message.release();
      if (typeof message.callback === "function") message.callback(error ?? undefined);
      callback?.(error);
    };
    const goOn = super.write(message, (error) => {
      // The descriptors of a carried message are still to be sent.
      if (error) message.settle(error);
      else if (message.outcome !== undefined) message.settle(message.outcome.error);
      else message.written = true;
    });
    // Without a callback, the program can't know when it may close them.
    if (!message.callback && !callback && message.fds.length > 0) this.#keep(message);
    return goOn;
  }

  #keep(message: Outgoing): void {
    if (this.destroyed || this.writableEnded) return;
    try {
      message.keep();
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  /**
   * Ends the sending side once everything is sent.
   *
   * @param callback Called then.
   * @returns The socket.
   */
  override end(callback?: () => void): this;
  /**
   * Writes a last message, and ends the sending side once everything is sent.
   *
   * @param chunk As for {@linkcode USocket.write}, or nothing.
   * @param callback Called then.
   * @returns The socket.
   */
  override end(chunk: UChunk | null | undefined, callback?: () => void): this;
  /**
   * As above, with the encoding as an argument.
   *
   * @param chunk As for {@linkcode USocket.write}, or nothing.
   * @param encoding How to turn a string into bytes (default: UTF-8).
   * @param callback Called then.
   * @returns The socket.
   */
  override end(
    chunk: UChunk | null | undefined,
    encoding: BufferEncoding | undefined,
    callback?: () => void,
  ): this;
  override end(
    chunk?: UChunk | (() => void) | null,
    encoding?: BufferEncoding | (() => void),
    callback?: () => void,
  ): this {
    if (typeof chunk === "function") return this.end(undefined, undefined, chunk);
    if (typeof encoding === "function") return this.end(chunk, undefined, encoding);
    if (chunk !== null && chunk !== undefined) this.write(chunk, encoding);
    super.end(callback);
    return this;
  }

  /**
   * For the stream alone.
   *
   * @param chunk What to send.
   * @param _encoding Not used.
   * @param done Called once it is sent.
   */
  override _write(chunk: unknown, _encoding: string, done: Callback): void {
    const message = chunk instanceof Outgoing ? chunk : new Outgoing(chunk);
    try {
      const rest = message.bytes();
      if (this.#fd === undefined && !this.#connecting) throw new Error("USocket not connected");
      this.#sending = { message, rest, done };
    } catch (error) {
      done(asError(error));
      return;
    }
    this.#goOn();
  }

  /** Sends as much as the socket takes. */
  #send(): void {
    if (this.#fd === undefined || !this.#announced) return;
    if (this.#full || this.#retry !== undefined) return;
    const sending = this.#sending;
    if (sending !== undefined) {
      try {
        if (!this.#sendMessage(this.#fd, sending)) {
          this.#full = true;
          return;
        }
      } catch (error) {
        if (isError(error, "ETOOMANYREFS")) {
          // The kernel limits how many descriptors of a user are in flight, and reports no event when there is room.
          return this.#retryAfter(longestDelay, () => this.#goOn());
        }
        this.#sending = undefined;
        sending.done(asError(error));
        return;
      }
      this.#sending = undefined;
      // This may begin the next message.
      sending.done();
    }
    if (this.#shutDown !== undefined) this.#endSending(this.#shutDown);
  }

  #retryAfter(delay: number, again: () => void): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      again();
    }, delay);
    if (!this.#held) this.#retry.unref();
  }

  /** Returns whether everything was sent, or is carried. */
  #sendMessage(fd: number, sending: { message: Outgoing; rest: Buffer }): boolean {
    const { message } = sending;
    if (sending.rest.length === 0 && message.outcome === undefined) {
      if (message.fds.length > 0) this.#carried.push(message);
      else message.outcome = {};
      return true;
    }
    while (sending.rest.length > 0) {
      const fds = [...this.#carried, message].flatMap(({ fds }) => fds);
      const count = sendmsg(fd, { data: sending.rest, fds });
      if (count === undefined) return false;
      message.release();
      for (const carried of this.#carried.splice(0)) carried.finish();
      sending.rest = sending.rest.subarray(count);
    }
    message.outcome = {};
    return true;
  }

  /**
   * For the stream alone.
   *
   * @param done Called once the sending side has ended.
   */
  override _final(done: Callback): void {
    this.#shutDown = done;
    if (this.#fd === undefined && !this.#connecting) this.#endSending(done);
    else this.#send();
  }

  #endSending(done: Callback): void {
    this.#shutDown = undefined;
    if (this.#carried.length > 0) {
      done(
        failure(
          "EINVAL",
          "Descriptors can't be sent without bytes, and no bytes were written after them",
        ),
      );
      return;
    }
    try {
      if (this.#fd !== undefined) shutdown(this.#fd, "write");
      done();
      // Read on, to notice the peer's end and close the socket.
      this.read(0);
    } catch (error) {
      done(isError(error, "ENOTCONN") ? null : asError(error));
    }
  }

  // Its end

  /**
   * Lets the process exit while the socket waits.
   *
   * @returns The socket.
   */
  unref(): this {
    this.#held = false;
    this.#watch?.unref();
    this.#retry?.unref();
    return this;
  }

  /**
   * Keeps the process alive while the socket waits, which is the default.
   *
   * @returns The socket.
   */
  ref(): this {
    this.#held = true;
    this.#watch?.ref();
    this.#retry?.ref();
    return this;
  }

  /**
   * For the stream alone.
   *
   * @param error Why it ends.
   * @param done Called once everything is closed.
   */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#retry);
    this.#connecting = false;
    this.#watch?.close();
    const fd = this.#fd;
    this.#fd = undefined;
    this.#fds.close();
    const reason = error ?? failure("ECANCELED", "The USocket was destroyed");
    for (const message of this.#carried.splice(0)) message.finish(reason);
    // What a callback throws must not keep the descriptor open.
    if (this.#sending !== undefined) process.nextTick(this.#sending.done, reason);
    this.#sending = undefined;
    try {
      if (fd !== undefined) closeFd(fd);
      done(error);
    } catch (failed) {
      done(error ?? asError(failed));
    }
  }
}

function countReadable(fd: number): number {
  const count = new Int32Array(1);
  ioctl(fd, FIONREAD, count);
  return count[0] ?? 0;
}

function checkCount(count: number): void {
  if (Number.isInteger(count)) return;
  throw new TypeError(`The number of descriptors must be an integer, got ${inspect(count)}`);
}

function toEncoding(name: string): BufferEncoding | undefined {
  return Buffer.isEncoding(name) ? name : undefined;
}
