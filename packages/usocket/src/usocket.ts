/** A Unix socket as a stream that passes descriptors as well as bytes. */

import { type FdWatch, type Readiness, watch } from "@fdready/fdready";
import { getsockopt, SO_PEERCRED, SOL_SOCKET } from "@fdready/fdready/os";
import { AsyncResource } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { inspect } from "node:util";
import { closeWatched } from "./close_watched.ts";
import { Connecting } from "./connecting.ts";
import { asError, createError } from "./errors.ts";
import { Outgoing, type UChunk } from "./outgoing.ts";
import { maxFdsPerMessage } from "./receiver.ts";
import { Receiving } from "./receiving.ts";
import { Sending } from "./sending.ts";
import type { Callback, PeerCredentials, UData, USocketOptions } from "./types.ts";

/**
 * A Unix socket as a stream that passes descriptors, with the API of npm's `USocket`.
 *
 * It emits the events of a `Duplex`, and also `"connected"`, and `"fds"` with an array of
 * descriptors that have arrived, before you can read the bytes that they came with. Received
 * descriptors belong to the socket, which closes them when it ends. They become yours when
 * {@linkcode USocket.read} or {@linkcode USocket.takeFds} returns them. The event `"fds"` doesn't
 * make them yours.
 *
 * Callbacks run in the `AsyncLocalStorage` context of the call that they were passed to, and
 * events in the context that created or connected the socket.
 *
 * @example Pass a pipe
 * ```ts
 * import { UServer, USocket } from "@fdready/usocket";
 * import { close, pipe } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * const server = new UServer();
 * server.listen(path);
 * const client = new USocket({ path });
 * const [connection] = await once(server, "connection");
 *
 * const [reader, writer] = pipe();
 * connection.end({ data: "a pipe", fds: [reader], callback: () => close(reader) });
 *
 * client.on("readable", () => {
 *   const message = client.read(6, 1);
 *   if (message === null) return; // it hasn't arrived completely
 *   assertEquals(String(message.data), "a pipe");
 *   assertEquals(message.fds.length, 1);
 *   for (const fd of [writer, ...message.fds]) close(fd);
 *   client.end();
 *   server.close();
 * });
 * await once(client, "close");
 * ```
 */
export class USocket extends Duplex {
  readonly #context = new AsyncResource("USocket");
  #receiving: Receiving;
  #sending: Sending;
  #connecting: Connecting | undefined;
  #watch: FdWatch | undefined;
  /** The directions of the watch: 1 for readable, 2 for writable. */
  #directions = 0;
  #hasConnected = false;
  #isRef = true;

  /**
   * Creates a socket, and connects it if the options have a path or a descriptor.
   *
   * @param options The options, or just a path. If they have neither a path nor an `fd`, call
   * {@linkcode USocket.connect}.
   * @param connected Called once the socket is connected.
   * @throws {TypeError} If an option has a wrong value.
   */
  constructor(options: USocketOptions | string | null = {}, connected?: () => void) {
    const given: USocketOptions = typeof options === "string" ? { path: options } : options ?? {};
    const { maxFds = 4 * maxFdsPerMessage, path = null, fd = null } = given;
    if (!Number.isInteger(maxFds) || maxFds < 0) {
      throw new TypeError(`The option maxFds must be an integer >= 0, got ${inspect(maxFds)}`);
    }
    super(toStreamOptions(given));
    this.#receiving = new Receiving(this, this.#context, maxFds);
    this.#sending = new Sending(() => this.#resumeInContext());
    if (path !== null || fd !== null) this.connect(given, connected);
  }

  /** The descriptor, while the socket is connected. The socket closes it. */
  get fd(): number | undefined {
    return this.#watch?.fd;
  }

  /** Whether the socket is being connected. */
  get connecting(): boolean {
    return this.#connecting !== undefined && this.#watch === undefined;
  }

  /** The process at the other end, as reported by the kernel; undefined without a connection. */
  get peerCredentials(): PeerCredentials | undefined {
    if (this.fd === undefined) return undefined;
    const credentials = new Uint32Array(3);
    getsockopt(this.fd, SOL_SOCKET, SO_PEERCRED, new Uint8Array(credentials.buffer));
    const [pid = 0, uid = 0, gid = 0] = credentials;
    return { pid, uid, gid };
  }

  /**
   * Connects to a server, or takes over a socket. Data that you write in the meantime is sent once
   * the socket is connected. While the server's queue of connections is full, it tries again. Other
   * failures are an `"error"`, after which you can call this again. A descriptor that can't be
   * taken over stays yours.
   *
   * @param options The server's path, or an object with the `path`, or with the `fd` to take over.
   * @param connected Called once the socket is connected.
   * @returns The socket.
   * @throws {TypeError} If there is neither a path nor a descriptor.
   * @throws {Error} If the socket is connected or was connected before.
   *
   * @example Try again after a failure
   * ```ts
   * import { UServer, USocket } from "@fdready/usocket";
   * import { assertEquals } from "@std/assert";
   * import { once } from "node:events";
   *
   * const path = `\0example-${crypto.randomUUID()}`;
   * const socket = new USocket(path);
   * const [error] = await once(socket, "error");
   * assertEquals(error.code, "ECONNREFUSED");
   *
   * const server = new UServer().listen(path);
   * socket.connect(path);
   * await once(socket, "connected");
   * socket.destroy();
   * server.close();
   * ```
   */
  connect(options: USocketOptions | string, connected?: () => void): this {
    if (this.#connecting !== undefined || this.#hasConnected) {
      throw new Error("This USocket has been connected before");
    }
    const { path, fd }: USocketOptions = typeof options === "string" ? { path: options } : options;
    if (typeof fd !== "number" && typeof path !== "string") {
      throw new TypeError(`A USocket needs a path or an fd, got ${inspect(options)}`);
    }
    if (this.destroyed) this.#reset();
    if (typeof connected === "function") this.once("connected", connected);
    this.#connecting = new Connecting({
      onConnect: (fd) => this.#open(fd),
      onFail: (error) => {
        if (typeof connected === "function") this.off("connected", connected);
        this.destroy(error);
      },
    });
    this.#connecting.setRef(this.#isRef);
    this.#connecting.start(typeof fd === "number" ? { fd } : { path: path! });
    return this;
  }

  /** Prepares for another attempt after a failed one, like `connect` of a `net.Socket`. */
  #reset(): void {
    (this as unknown as { _undestroy(): void })._undestroy();
    this.#receiving = new Receiving(this, this.#context, this.#receiving.maxFds);
    this.#sending = new Sending(() => this.#resumeInContext());
  }

  #open(fd: number): void {
    this.#watch = watch(fd, {}, (ready) => this.#onReady(ready));
    this.#hasConnected = true;
    if (!this.#isRef) this.#watch.unref();
    // Gives a caller that awaits the socket time to add listeners.
    setImmediate(() => {
      if (!this.destroyed) this.#start(fd);
    });
  }

  /** Nothing is sent or received before `"connected"`. */
  #start(fd: number): void {
    this.#connecting = undefined;
    this.#receiving.start(fd);
    this.#sending.start(fd);
    try {
      this.emit("connected");
    } finally {
      this.#resume();
    }
  }

  #resume(): void {
    try {
      this.#sending.send();
    } finally {
      this.#updateInterest();
    }
  }

  #resumeInContext(): void {
    this.#context.runInAsyncScope(this.#resume, this);
  }

  #onReady(ready: Readiness): void {
    try {
      if (ready.writable) this.#sending.resume();
      if (ready.readable) this.#receiving.receive();
    } finally {
      this.#updateInterest();
    }
  }

  #updateInterest(): void {
    if (this.destroyed || this.#watch === undefined) return;
    const [readable, writable] = [this.#receiving.wantsMore, this.#sending.isFull];
    const directions = (readable ? 1 : 0) | (writable ? 2 : 0);
    // FdWatch.interest() makes a system call even if nothing changes.
    if (directions === this.#directions) return;
    try {
      this.#watch.interest({ readable, writable });
      this.#directions = directions;
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  // Receiving

  /**
   * Reads bytes, like every readable stream. The descriptors that came with them can still be
   * taken.
   *
   * @param size The number of bytes (default: all).
   * @returns The bytes; `null` if there are fewer.
   */
  override read(size?: number): Buffer | null;
  /**
   * Reads bytes together with descriptors: both, or neither.
   *
   * @param size The number of bytes; `null` for all.
   * @param fdSize The number of descriptors. `null` takes those that came with the bytes read so
   * far, including this call. It takes all if `size` is 0 or the stream has an encoding.
   * @returns Both; `null` if there are fewer. Then wait for the next `"readable"` with a listener
   * that stays: one that is added while there are some bytes is called at once.
   * @throws {TypeError} If `fdSize` isn't an integer.
   *
   * @example Read a message with its descriptors
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { close, socketpair } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   * import { once } from "node:events";
   *
   * const [a, b] = socketpair().map((fd) => new USocket({ fd }));
   * a!.write({ data: "its own end", fds: [a!.fd!] });
   *
   * await once(b!, "readable");
   * const { data, fds } = b!.read(11, null)!;
   * assertEquals(String(data), "its own end");
   * assertEquals(fds.length, 1);
   * for (const fd of fds) close(fd);
   * for (const socket of [a!, b!]) socket.destroy();
   * ```
   */
  override read(size: number | null | undefined, fdSize: number | null): UData | null;
  override read(size?: number | null, fdSize?: number | null): Buffer | UData | null {
    if (fdSize === undefined) {
      const data = this.#receiving.readBytes(size);
      this.#updateInterest();
      return data;
    }
    if (this.destroyed) return null;
    if (fdSize !== null) checkCount(fdSize);
    const data = this.#receiving.readBoth(size, fdSize);
    this.#updateInterest();
    return data;
  }

  /**
   * Takes descriptors that have arrived. They are yours to close.
   *
   * @param count The largest number of descriptors (default: all).
   * @returns The oldest ones.
   * @throws {TypeError} If `count` isn't an integer.
   *
   * @example Take descriptors in a loop
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { close, socketpair } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const [a, b] = socketpair().map((fd) => new USocket({ fd }));
   * a!.end({ data: "its own end", fds: [a!.fd!] });
   * for await (const data of b!) {
   *   const fds = b!.takeFds();
   *   assertEquals([data.length, fds.length], [11, 1]);
   *   fds.forEach((fd) => close(fd));
   * }
   * b!.end();
   * ```
   */
  takeFds(count = Infinity): number[] {
    if (count !== Infinity) checkCount(count);
    const fds = this.#receiving.takeFds(count);
    this.#updateInterest();
    return fds;
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
    if (Array.isArray(fds)) this.#receiving.putBackFds(fds);
  }

  /** For the stream alone. */
  override _read(): void {
    this.#receiving.request();
    this.#updateInterest();
  }

  // Sending

  /**
   * Writes bytes, descriptors, or both together.
   *
   * @param chunk The bytes; an array of descriptors, which are sent with the next written byte; or
   * an object with `data`, `fds` and a `callback`. The descriptors stay yours to close. If there is
   * a callback, keep them open until it is called.
   * @param callback Called when everything has been sent, or with an error.
   * @returns `false` if you should wait for `"drain"` before you write more.
   *
   * @example Send descriptors
   * ```ts
   * import { USocket } from "@fdready/usocket";
   * import { close, pipe, socketpair } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   * import { once } from "node:events";
   *
   * const [a, b] = socketpair().map((fd) => new USocket({ fd }));
   * const pair = pipe();
   * a!.write({ data: "a pipe", fds: pair });
   * for (const fd of pair) close(fd); // the message has its own
   * await once(b!, "readable");
   * const { data, fds } = b!.read(6, null)!;
   * assertEquals([String(data), fds.length], ["a pipe", 2]);
   * for (const fd of fds) close(fd);
   * for (const socket of [a!, b!]) socket.destroy();
   * ```
   */
  override write(chunk: UChunk, callback?: Callback): boolean;
  /**
   * Writes a string, with the encoding as an argument.
   *
   * @param chunk The string, or any other chunk.
   * @param encoding The encoding of a string (default: UTF-8).
   * @param callback Called when everything has been sent, or with an error.
   * @returns `false` if you should wait for `"drain"` before you write more.
   */
  override write(chunk: UChunk, encoding: BufferEncoding | undefined, callback?: Callback): boolean;
  override write(
    chunk: UChunk,
    encoding?: BufferEncoding | Callback,
    callback?: Callback,
  ): boolean {
    if (typeof encoding === "function") return this.write(chunk, undefined, encoding);
    // The runtime throws its own error.
    if (chunk === null || chunk === undefined) return super.write(chunk);
    const message = new Outgoing(chunk, encoding);
    const callBack = bindCallbacks(message.callback, callback);
    message.onSettled = (error) => {
      message.closeDuplicates();
      callBack?.(error);
    };
    const mayContinue = super.write(message, (error) => {
      // If neither is true, the descriptors are still to be sent with the next bytes.
      if (error) message.onSettled(error);
      else if (message.outcome !== undefined) message.onSettled(message.outcome.error);
      else message.isWritten = true;
    });
    // Without a callback, the program can't know when it may close them.
    if (callBack === undefined && message.fds.length > 0) this.#duplicateFds(message);
    return mayContinue;
  }

  #duplicateFds(message: Outgoing): void {
    if (this.destroyed || this.writableEnded) return;
    try {
      message.duplicateFds();
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
   * @param chunk A chunk as in {@linkcode USocket.write}, or nothing.
   * @param callback Called then.
   * @returns The socket.
   */
  override end(chunk: UChunk | null | undefined, callback?: () => void): this;
  /**
   * Writes a last string, with the encoding as an argument.
   *
   * @param chunk A chunk as in {@linkcode USocket.write}, or nothing.
   * @param encoding The encoding of a string (default: UTF-8).
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
    super.end(bindCallbacks(callback, undefined));
    return this;
  }

  /**
   * For the stream alone.
   *
   * @param chunk The chunk.
   * @param _encoding Not used.
   * @param done Called once the chunk is sent.
   */
  override _write(chunk: unknown, _encoding: string, done: Callback): void {
    const message = chunk instanceof Outgoing ? chunk : new Outgoing(chunk);
    try {
      if (!this.#isConnectedOrConnecting) throw new Error("USocket not connected");
      this.#sending.add(message, done);
    } catch (error) {
      done(asError(error));
      return;
    }
    this.#resume();
  }

  /**
   * For the stream alone.
   *
   * @param done Called once the sending side has ended.
   */
  override _final(done: Callback): void {
    const onEnd: Callback = (error) => {
      done(error);
      // Reads on, to notice the peer's end and close the socket.
      if (!error) this.read(0);
    };
    if (this.#isConnectedOrConnecting) this.#sending.end(onEnd);
    else this.#sending.finish(onEnd);
  }

  get #isConnectedOrConnecting(): boolean {
    return this.#watch !== undefined || this.#connecting !== undefined;
  }

  // The end

  /**
   * Lets the process exit while the socket waits.
   *
   * @returns The socket.
   */
  unref(): this {
    return this.#setRef(false);
  }

  /**
   * Keeps the process alive while the socket waits. This is the default.
   *
   * @returns The socket.
   */
  ref(): this {
    return this.#setRef(true);
  }

  #setRef(isRef: boolean): this {
    this.#isRef = isRef;
    if (isRef) this.#watch?.ref();
    else this.#watch?.unref();
    this.#connecting?.setRef(isRef);
    this.#sending.setRef(isRef);
    return this;
  }

  /**
   * For the stream alone.
   *
   * @param error The reason.
   * @param done Called once everything is closed.
   */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connecting?.cancel();
    this.#connecting = undefined;
    const closing = this.#watch;
    this.#watch = undefined;
    this.#receiving.stop();
    this.#sending.stop(error ?? createError("ECANCELED", "The USocket was destroyed"));
    try {
      if (closing !== undefined) closeWatched(closing);
      done(error);
    } catch (failed) {
      done(error ?? asError(failed));
    }
  }
}

function toStreamOptions(options: USocketOptions): ConstructorParameters<typeof Duplex>[0] {
  const { allowHalfOpen = true, readableHighWaterMark, writableHighWaterMark } = options;
  return {
    writableObjectMode: true,
    allowHalfOpen,
    ...(readableHighWaterMark === undefined ? {} : { readableHighWaterMark }),
    ...(writableHighWaterMark === undefined ? {} : { writableHighWaterMark }),
  };
}

/**
 * One function for both callbacks. It runs in the current context, not in that of other writers.
 */
function bindCallbacks(first: unknown, second: Callback | undefined): Callback | undefined {
  if (!first && !second) return undefined;
  const callBoth: Callback = (error) => {
    if (typeof first === "function") first(error ?? undefined);
    second?.(error);
  };
  // AsyncResource.bind() takes 2 µs more in Deno, and 40 in Node.
  const context = new AsyncResource("USocketWrite");
  return (error) => context.runInAsyncScope(callBoth, undefined, error);
}

function checkCount(count: number): void {
  if (Number.isInteger(count)) return;
  throw new TypeError(`The number of descriptors must be an integer, got ${inspect(count)}`);
}

function toEncoding(name: string): BufferEncoding | undefined {
  return Buffer.isEncoding(name) ? name : undefined;
}
