/** A Unix datagram socket. */

import type { Readiness } from "@fdready/fdready";
import { bind, connect, getsockname, parseAddress, unixAddress } from "@fdready/fdready/os";
import { EventEmitter } from "node:events";
import { checkInteger, checkOptions, checkPath, checkSignal } from "./checks.ts";
import { DatagramIterator } from "./datagram_iterator.ts";
import { createCongestionError, createError, toUnixDgramError, UnixDgramError } from "./errors.ts";
import { createOutgoing, type Outgoing, slice, toText } from "./outgoing.ts";
import { OwnedSocket } from "./owned_socket.ts";
import { Receiving } from "./receiving.ts";
import { Sending } from "./sending.ts";
import type {
  Datagram,
  DatagramData,
  SendCallback,
  SendOptions,
  UnixDgramOptions,
  WaitOptions,
} from "./types.ts";

const defaultMaxQueued = 1000;

/**
 * A Unix datagram socket, with the API of npm's `unix-dgram`, and with promises.
 *
 * As in npm's package, all calls take effect at once, and events and callbacks of a call are
 * synchronous. It emits `"listening"` and `"connect"`, `"message"` with the bytes and a
 * {@linkcode RemoteInfo}, `"error"`, `"congestion"` with the bytes of a datagram that wasn't sent
 * because the connected receiver is busy, and then `"writable"` when that has room again.
 *
 * While there is neither a listener for `"message"` nor a pending
 * {@linkcode UnixDgramSocket.receive}, datagrams stay in the kernel, and the socket doesn't keep
 * the process alive.
 *
 * Close sockets that you no longer need. A socket that isn't bound and waits for nothing is also
 * closed some time after the program has dropped its last reference.
 *
 * @example Send a datagram
 * ```ts
 * import { UnixDgramSocket } from "@fdready/unix-dgram";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * using server = new UnixDgramSocket().bind(path);
 * using client = new UnixDgramSocket();
 *
 * await client.send("hello", { path });
 * for await (const { data } of server) {
 *   assertEquals(String(data), "hello");
 *   break;
 * }
 * ```
 */
export class UnixDgramSocket extends EventEmitter implements AsyncIterable<Datagram>, Disposable {
  /** The type, as in npm's package. */
  readonly type = "unix_dgram";
  /** Whether {@linkcode UnixDgramSocket.connect} has succeeded. */
  connected = false;
  readonly #socket: OwnedSocket;
  readonly #sending: Sending;
  readonly #receiving: Receiving;
  readonly #onReady = (ready: Readiness): void => {
    try {
      if (ready.writable && this.#sending.onWritable()) this.emit("writable");
      if (ready.readable) this.#receiving.onReadable();
    } finally {
      this.#updateInterest();
    }
  };

  /**
   * Creates a socket that is neither bound nor connected.
   *
   * @param options The limits, the control data to receive, and a signal.
   * @throws {UnixDgramError} `EMFILE` or `ENFILE`, if the process can't open more descriptors.
   * @throws {TypeError} If an option has a wrong type.
   * @throws {RangeError} If an option has a wrong value.
   */
  constructor(options: UnixDgramOptions = {}) {
    super();
    const { maxFds = 0, credentials = false, maxQueued = defaultMaxQueued } = checkOptions(options);
    checkInteger("maxFds", maxFds, 253);
    checkInteger("maxQueued", maxQueued, Number.MAX_SAFE_INTEGER);
    checkSignal(options)?.throwIfAborted();
    this.#socket = new OwnedSocket(this, options);
    const onChange = () => this.#updateInterest();
    const onError = (error: unknown) => void this.emit("error", error);
    this.#sending = new Sending(this.fd, maxQueued, {
      onChange,
      onError,
      hasErrorListener: () => this.listenerCount("error") > 0,
      hasWritableListener: () => this.listenerCount("writable") > 0,
    });
    this.#receiving = new Receiving(this.fd, { maxFds, credentials }, {
      onChange,
      onError,
      hasListener: () => this.listenerCount("message") > 0,
      onDatagram: (datagram) => this.#emitMessage(datagram),
    });
    this.#observeListeners();
  }

  /** The descriptor; -1 once closed. The socket closes it. */
  get fd(): number {
    return this.#socket.fd;
  }

  /** Starts or stops waiting when the listeners change. */
  #observeListeners(): void {
    super.on("newListener", (event) => {
      // The event comes before the listener is added.
      if (isWaitedFor(event)) queueMicrotask(() => this.#updateInterest());
    });
    super.on("removeListener", (event) => {
      if (isWaitedFor(event)) this.#updateInterest();
    });
  }

  /**
   * Removes all listeners, or those for one event.
   *
   * @param event The event; all by default.
   * @returns The socket.
   */
  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined) super.removeAllListeners();
    else super.removeAllListeners(event);
    if (event === undefined || event === "newListener" || event === "removeListener") {
      super.removeAllListeners("newListener");
      super.removeAllListeners("removeListener");
      this.#observeListeners();
    }
    this.#updateInterest();
    return this;
  }

  #updateInterest(): void {
    if (this.fd === -1) return;
    const readable = this.#receiving.wantsMore;
    const writable = this.#sending.needsWritable;
    try {
      this.#socket.update(readable, writable, this.#onReady);
    } catch (error) {
      // Other code has closed the descriptor.
      this.emit("error", toUnixDgramError(error, writable ? "send" : "recv"));
    }
  }

  #emitMessage({ data, path, pathBytes, fds, credentials, isTruncated }: Datagram): void {
    const size = data.length;
    // Rest and spread take 0.3 µs more.
    const remote = { size, address: {}, path, pathBytes, fds, credentials, isTruncated };
    this.emit("message", data, remote);
  }

  /**
   * Binds the socket to a path, so that others can send to it. Emits `"listening"`, or `"error"`:
   * without a listener for that, it throws the error. An existing socket file is an error
   * (`EADDRINUSE`), and the file stays when the socket is closed.
   *
   * @param path The path, or a NUL and an abstract name.
   * @returns The socket.
   * @throws {TypeError} If the path is neither a string nor a Uint8Array.
   *
   * @example Receive datagrams
   * ```ts
   * import { UnixDgramSocket } from "@fdready/unix-dgram";
   * import { assertEquals } from "@std/assert";
   *
   * using socket = new UnixDgramSocket();
   * socket.on("listening", () => assertEquals(socket.address(), { path: "\0example" }));
   * socket.bind("\0example");
   * ```
   */
  bind(path: string | Uint8Array): this {
    if (this.#succeeds("bind", path, () => bind(this.#openFd("bind"), unixAddress(path)))) {
      this.#socket.keep(this);
      this.emit("listening");
    }
    return this;
  }

  /**
   * Connects the socket to a receiver, so that it can send without a path. Emits `"connect"`, or
   * `"error"`: without a listener for that, it throws the error. You can connect again, for example
   * after the receiver was restarted. Datagrams that still wait are then sent to the new receiver.
   *
   * @param path The receiver's path, or a NUL and an abstract name.
   * @returns The socket.
   * @throws {TypeError} If the path is neither a string nor a Uint8Array.
   *
   * @example Send to a connected receiver
   * ```ts
   * import { UnixDgramSocket } from "@fdready/unix-dgram";
   * import { assertEquals } from "@std/assert";
   *
   * const path = `\0example-${crypto.randomUUID()}`;
   * using server = new UnixDgramSocket().bind(path);
   * using client = new UnixDgramSocket().connect(path);
   * await client.send("hello");
   * assertEquals(String((await server.receive()).data), "hello");
   * ```
   */
  connect(path: string | Uint8Array): this {
    if (
      this.#succeeds("connect", path, () => connect(this.#openFd("connect"), unixAddress(path)))
    ) {
      this.connected = true;
      this.emit("connect");
    }
    return this;
  }

  #succeeds(syscall: string, path: string | Uint8Array, call: () => void): boolean {
    checkPath(path);
    try {
      call();
      return true;
    } catch (cause) {
      const error = toUnixDgramError(cause, syscall, toText(path));
      // A wrong argument is thrown.
      if (!(error instanceof UnixDgramError)) throw error;
      this.emit("error", error);
      return false;
    }
  }

  /**
   * Sends a datagram, and waits until the receiver has room. While it waits, the process uses no
   * CPU time. Datagrams to one receiver arrive in order, and a busy receiver doesn't delay
   * datagrams to other ones. While a socket that isn't connected waits, it needs a second
   * descriptor, which is connected to the receiver. Without one, it tries again after 1 to 64 ms.
   *
   * If there is a listener for `"error"`, errors are emitted as well. If there is one for
   * `"congestion"`, and the connected receiver is busy, the datagram is emitted and not sent, as in
   * npm's package.
   *
   * @param data The bytes. Don't change them until they are sent.
   * @param options The receiver's path, descriptors, and a signal that ends the wait.
   * @returns A promise that resolves when the kernel has accepted the datagram. It rejects with a
   * {@linkcode UnixDgramError} if the datagram can't be sent, with the signal's reason if that
   * aborts, and with a `TypeError` or `RangeError` for wrong arguments.
   *
   * @example Send a descriptor
   * ```ts
   * import { UnixDgramSocket } from "@fdready/unix-dgram";
   * import { close, pipe } from "@fdready/fdready/os";
   * import { assertEquals } from "@std/assert";
   *
   * const path = `\0example-${crypto.randomUUID()}`;
   * using server = new UnixDgramSocket({ maxFds: 1 }).bind(path);
   * using client = new UnixDgramSocket();
   * const [reader, writer] = pipe();
   * await client.send("a pipe", { path, fds: [reader] });
   * const { data, fds } = await server.receive();
   * assertEquals([String(data), fds.length], ["a pipe", 1]);
   * for (const fd of [reader, writer, ...fds]) close(fd);
   * ```
   */
  send(data: DatagramData, options?: SendOptions): Promise<void>;
  /**
   * Sends a datagram now, or fails. While a connected receiver is busy, the error's `code` is 1,
   * and `"writable"` is emitted when the receiver has room. While another receiver is busy, the
   * `code` is -11 (`EAGAIN`).
   *
   * @param data The bytes.
   * @param callback Called before this returns: with an error if the datagram wasn't sent.
   */
  send(data: DatagramData, callback: SendCallback): void;
  /**
   * Sends a datagram now, with options, or fails.
   *
   * @param data The bytes.
   * @param options The receiver's path, and descriptors.
   * @param callback Called before this returns: with an error if the datagram wasn't sent.
   */
  send(
    data: DatagramData,
    options: Omit<SendOptions, "signal">,
    callback: SendCallback,
  ): void;
  /**
   * Sends a part of `data` to a path, with the arguments of npm's package. Without a callback, it
   * waits until the receiver has room.
   *
   * @param data The bytes.
   * @param offset The position of the first byte to send.
   * @param length The number of bytes to send.
   * @param path The receiver's path, or a NUL and an abstract name.
   * @param callback Called before this returns: with an error if the datagram wasn't sent.
   * @returns A promise as above, if there is no callback.
   */
  send(
    data: DatagramData,
    offset: number,
    length: number,
    path: string | Uint8Array,
    callback?: SendCallback,
  ): Promise<void> | void;
  send(
    data: DatagramData,
    second?: SendOptions | SendCallback | number,
    third?: SendCallback | number,
    path?: string | Uint8Array,
    callback?: SendCallback,
  ): Promise<void> | void {
    if (typeof second === "function") return this.#sendNow(data, {}, second);
    if (typeof second === "number") {
      return this.#sendPart(data, second, third, path, callback);
    }
    if (typeof third === "function") return this.#sendNow(data, second ?? {}, third);
    return this.#sendLater(data, second ?? {});
  }

  /**
   * Sends a part of `data` to a path, like {@linkcode UnixDgramSocket.send}.
   *
   * @param data The bytes.
   * @param offset The position of the first byte to send.
   * @param length The number of bytes to send.
   * @param path The receiver's path, or a NUL and an abstract name.
   * @param callback Called before this returns: with an error if the datagram wasn't sent.
   * @returns A promise as of {@linkcode UnixDgramSocket.send}, if there is no callback.
   */
  sendto(
    data: DatagramData,
    offset: number,
    length: number,
    path: string | Uint8Array,
    callback?: SendCallback,
  ): Promise<void> | void {
    return this.#sendPart(data, offset, length, path, callback);
  }

  #sendPart(
    data: DatagramData,
    offset: number,
    length: unknown,
    path: string | Uint8Array | undefined,
    callback: SendCallback | undefined,
  ): Promise<void> | void {
    if (typeof callback === "function") {
      return this.#sendNow(slice(data, offset, length), { path }, callback);
    }
    try {
      return this.#sendLater(slice(data, offset, length), { path });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #sendNow(data: DatagramData, options: SendOptions, callback: SendCallback): void {
    const error = this.#trySend(data, options);
    if (error === undefined) callback();
    else callback(error);
  }

  /** Sends now, or returns the error. Throws for wrong arguments. */
  #trySend(data: DatagramData, options: SendOptions): UnixDgramError | undefined {
    try {
      const datagram = createOutgoing(data, options);
      this.#openFd();
      if (this.#sending.trySend(datagram)) return undefined;
      return this.#createBusyError(datagram);
    } catch (cause) {
      const error = toSendError(cause, options);
      if (!(error instanceof UnixDgramError)) throw error;
      return error;
    }
  }

  #createBusyError({ path }: Outgoing): UnixDgramError {
    if (path !== undefined) return createError("EAGAIN", "The receiver is busy", "send", path);
    this.#sending.requestWritable();
    return createCongestionError();
  }

  #sendLater(data: DatagramData, options: SendOptions): Promise<void> {
    let signal: AbortSignal | undefined;
    let datagram: Outgoing;
    try {
      signal = checkSignal(checkOptions(options));
      if (signal?.aborted) return Promise.reject(signal.reason);
      datagram = createOutgoing(data, options);
      this.#openFd();
      if (this.#sending.trySend(datagram)) return Promise.resolve();
    } catch (error) {
      return this.#rejectSend(toSendError(error, options));
    }
    if (datagram.path !== undefined || this.listenerCount("congestion") === 0) {
      return this.#sending.sendLater(datagram, signal);
    }
    this.#sending.requestWritable();
    this.emit("congestion", data);
    return rejectHandled(createCongestionError());
  }

  #rejectSend(error: unknown): Promise<never> {
    if (!(error instanceof UnixDgramError) || this.listenerCount("error") === 0) {
      return Promise.reject(error);
    }
    this.emit("error", error);
    return rejectHandled(error);
  }

  /**
   * Receives the next datagram, before listeners for `"message"` do.
   *
   * @param options A signal that ends the wait. No datagram is lost then.
   * @returns The datagram. Close its descriptors.
   * @throws {UnixDgramError} As recvmsg(2); `ECANCELED` if the socket is or gets closed.
   *
   * @example Wait for a datagram, with a timeout
   * ```ts
   * import { UnixDgramSocket } from "@fdready/unix-dgram";
   * import { assertRejects } from "@std/assert";
   *
   * using socket = new UnixDgramSocket().bind(`\0example-${crypto.randomUUID()}`);
   * await assertRejects(() => socket.receive({ signal: AbortSignal.timeout(1) }), DOMException);
   * ```
   */
  receive(options: WaitOptions = {}): Promise<Datagram> {
    return this.#receive(options);
  }

  async #receive(options: WaitOptions, end?: AbortSignal): Promise<Datagram> {
    const signal = checkSignal(checkOptions(options));
    return await this.#receiving.receive([signal, end].filter((each) => each !== undefined));
  }

  /**
   * Iterates over the datagrams, until the socket is closed. A `break` doesn't close it.
   *
   * @returns The datagrams. Close their descriptors.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram, void, void> & AsyncDisposable {
    return this.messages();
  }

  /**
   * Iterates over the datagrams, until the socket is closed. A `break` doesn't close it.
   *
   * @param options A signal that ends the iteration with an error.
   * @returns The datagrams. Close their descriptors.
   *
   * @example Receive until a signal aborts
   * ```ts
   * import { UnixDgramSocket } from "@fdready/unix-dgram";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const path = `\0example-${crypto.randomUUID()}`;
   * using socket = new UnixDgramSocket().bind(path);
   * using client = new UnixDgramSocket();
   * await client.send("hello", { path });
   * const received: string[] = [];
   * await assertRejects(async () => {
   *   const signal = AbortSignal.timeout(5);
   *   for await (const { data } of socket.messages({ signal })) received.push(String(data));
   * }, DOMException);
   * assertEquals(received, ["hello"]);
   * ```
   */
  messages(
    options: WaitOptions = {},
  ): AsyncIterableIterator<Datagram, void, void> & AsyncDisposable {
    return new DatagramIterator((end) => this.#receive(options, end), () => this.fd === -1);
  }

  /**
   * Returns the path that the socket is bound to.
   *
   * @returns The path, or a NUL and the abstract name; `null` if it isn't bound.
   * @throws {UnixDgramError} `EBADF` if the socket is closed.
   */
  address(): { path: string | null } {
    const { path = null } = parseAddress(getsockname(this.#openFd("address")));
    return { path };
  }

  /**
   * Lets the process exit while the socket waits.
   *
   * @returns The socket.
   */
  unref(): this {
    this.#socket.setRef(false);
    this.#sending.setRef(false);
    return this;
  }

  /**
   * Keeps the process alive while the socket waits. This is the default.
   *
   * @returns The socket.
   */
  ref(): this {
    this.#socket.setRef(true);
    this.#sending.setRef(true);
    return this;
  }

  /**
   * Closes the socket. Pending calls reject, and iterations end. The file of a bound socket stays.
   * Idempotent.
   */
  close(): void {
    if (this.fd === -1) return;
    this.connected = false;
    this.#sending.close();
    this.#receiving.close();
    try {
      this.#socket.close();
    } catch (error) {
      throw toUnixDgramError(error, "close");
    }
  }

  /** The same as {@linkcode UnixDgramSocket.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #openFd(syscall = "send"): number {
    const { fd } = this;
    if (fd === -1) throw createError("EBADF", "The socket is closed", syscall);
    return fd;
  }
}

/** Whether the socket waits for something while there is a listener for `event`. */
function isWaitedFor(event: string | symbol): boolean {
  return event === "message" || event === "writable";
}

function toSendError(error: unknown, { path }: SendOptions): unknown {
  // The path of a TypeError may be anything.
  if (error instanceof TypeError || path === undefined) return toUnixDgramError(error, "send");
  return toUnixDgramError(error, "send", toText(path));
}

/**
 * A rejection that may be ignored: the program was notified, or npm's package drops the datagram.
 */
function rejectHandled(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
