/**
 * ZeroMQ with its C library: a server and a client with requests and replies, or a publisher and a
 * subscriber, each in its own process.
 *
 *     deno run --allow-ffi examples/zeromq.ts reply ipc:///tmp/zmq-questions
 *     deno run --allow-ffi examples/zeromq.ts request ipc:///tmp/zmq-questions hello
 *     deno run --allow-ffi examples/zeromq.ts publish ipc:///tmp/zmq-news weather rain
 *     deno run --allow-ffi examples/zeromq.ts subscribe ipc:///tmp/zmq-news weather
 *
 * With Bun or Node, write `bun` or `node` instead of `deno run --allow-ffi`. The program needs
 * libzmq, on Debian the package libzmq5.
 *
 * A ZeroMQ socket has one descriptor, `ZMQ_FD`, with three rules:
 *
 * - It becomes readable when the socket's state has changed. `ZMQ_EVENTS` then shows whether you
 *   can receive, send, or neither. Never read the descriptor, and never wait for it to be writable.
 * - It is edge-triggered: once it has become readable, it doesn't do so again until the socket is
 *   used. Don't wait before `ZMQ_EVENTS` is 0. Otherwise you may wait forever although the queue is
 *   full.
 * - Sending and receiving count as use: each may clear an edge that was meant for the other. Check
 *   `ZMQ_EVENTS` again after each.
 *
 * `ZmqSocket` follows all three: it checks `ZMQ_EVENTS` immediately before each wait.
 */

import { ClosedResourceError, notifyClosing, waitReadable } from "@fdready/fdready";
import { misuse, readCommandLine } from "./support/command_line.ts";
import { bytesAt, cString, stringAt } from "./support/library.ts";
import {
  EAGAIN,
  EINTR,
  libzmq,
  ZMQ_DONTWAIT,
  ZMQ_EVENTS,
  ZMQ_FD,
  ZMQ_LINGER,
  ZMQ_POLLIN,
  ZMQ_POLLOUT,
  ZMQ_SUBSCRIBE,
  ZMQ_TYPES,
} from "./support/libzmq.ts";

const usage = `
deno run --allow-ffi examples/zeromq.ts reply|request|publish|subscribe endpoint [words...]
bun examples/zeromq.ts reply|request|publish|subscribe endpoint [words...]
node examples/zeromq.ts reply|request|publish|subscribe endpoint [words...]

A server that replies, a client that sends each word as a request, a publisher that sends the words to
the first subscriber, or a subscriber to messages that begin with the word.
`;

/** A signal that ends a wait. The socket can still be used. */
export interface Options {
  readonly signal?: AbortSignal;
}

/** An error from libzmq. */
export class ZmqError extends Error {
  override readonly name = "ZmqError";
}

/** How long closing a context may take, in ms, if there are unsent messages. */
const lingerMs = 1000;

/** libzmq's threads, and its sockets. */
export class ZmqContext implements Disposable {
  readonly #handle = libzmq().zmq_ctx_new();
  readonly #sockets: ZmqSocket[] = [];

  /** Opens a socket. */
  socket(type: keyof typeof ZMQ_TYPES): ZmqSocket {
    const handle = libzmq().zmq_socket(this.#handle, ZMQ_TYPES[type]);
    if (handle === 0n) throw zmqError("zmq_socket");
    const socket = new ZmqSocket(handle);
    this.#sockets.push(socket);
    return socket;
  }

  /** Closes the sockets, which libzmq would wait for, sends remaining messages, and ends. */
  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.close();
    while (libzmq().zmq_ctx_term(this.#handle) === -1) {
      if (libzmq().zmq_errno() !== EINTR) throw zmqError("zmq_ctx_term");
    }
  }
}

/**
 * A socket. It sends or receives, one at a time: both wait for the same descriptor, and a second
 * wait rejects with a `BusyResourceError`.
 */
export class ZmqSocket implements Disposable {
  #handle: bigint;
  readonly #fd: number;

  /** Takes over a socket from `zmq_socket`. */
  constructor(handle: bigint) {
    this.#handle = handle;
    this.#setOption(ZMQ_LINGER, new Int32Array([lingerMs]));
    this.#fd = this.#option(ZMQ_FD);
  }

  /** Accepts connections at `endpoint`, as in `"ipc:///tmp/news"` or `"tcp://127.0.0.1:7007"`. */
  bind(endpoint: string): void {
    checked(libzmq().zmq_bind(this.#open(), cString(endpoint)), `zmq_bind ${endpoint}`);
  }

  /** Connects to `endpoint`. A server may bind to it later. */
  connect(endpoint: string): void {
    checked(libzmq().zmq_connect(this.#open(), cString(endpoint)), `zmq_connect ${endpoint}`);
  }

  /** Receives messages that begin with `prefix`. For type `"SUB"`. */
  subscribe(prefix: string): void {
    this.#setOption(ZMQ_SUBSCRIBE, new TextEncoder().encode(prefix));
  }

  /** Sends a message as soon as there is space. */
  async send(message: Uint8Array, options?: Options): Promise<void> {
    const [bytes, length] = memory(message);
    while (libzmq().zmq_send(this.#open(), bytes, length, ZMQ_DONTWAIT) === -1) {
      throwUnlessAgain("zmq_send");
      await this.#wait(ZMQ_POLLOUT, options);
    }
  }

  /** Receives the next message, or the next part of one in several parts. */
  async receive(options?: Options): Promise<Uint8Array<ArrayBuffer>> {
    const zmq = libzmq();
    // A zmq_msg_t. The runtime may move small arrays during the wait, but not separate buffers.
    const struct = new Uint8Array(new ArrayBuffer(64));
    zmq.zmq_msg_init(struct);
    try {
      while (zmq.zmq_msg_recv(struct, this.#open(), ZMQ_DONTWAIT) === -1) {
        throwUnlessAgain("zmq_msg_recv");
        await this.#wait(ZMQ_POLLIN, options);
      }
      return bytesAt(zmq, zmq.zmq_msg_data(struct), Number(zmq.zmq_msg_size(struct)));
    } finally {
      zmq.zmq_msg_close(struct);
    }
  }

  /** Closes the socket. Pending calls reject with a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#handle === 0n) return;
    notifyClosing(this.#fd);
    libzmq().zmq_close(this.#handle);
    this.#handle = 0n;
  }

  /** Closes the socket, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Follows the rules above. */
  async #wait(event: number, options?: Options): Promise<void> {
    while ((this.#option(ZMQ_EVENTS) & event) === 0) await waitReadable(this.#fd, options);
  }

  #option(name: number): number {
    const value = new Int32Array(1);
    const length = new Int32Array([4, 0]); // size_t
    checked(libzmq().zmq_getsockopt(this.#open(), name, value, length), "zmq_getsockopt");
    return value[0]!;
  }

  #setOption(name: number, value: Uint8Array | Int32Array): void {
    const [bytes, length] = memory(value);
    checked(libzmq().zmq_setsockopt(this.#open(), name, bytes, length), "zmq_setsockopt");
  }

  /** The handle. A call of libzmq with a freed one would crash. */
  #open(): bigint {
    if (this.#handle === 0n) throw new ClosedResourceError("The socket is closed");
    return this.#handle;
  }
}

/** An array in C: its address and length. The address of an empty one is NULL. */
function memory<T extends Uint8Array | Int32Array>(array: T): [T | null, bigint] {
  return [array.byteLength === 0 ? null : array, BigInt(array.byteLength)];
}

function throwUnlessAgain(what: string): void {
  const number = libzmq().zmq_errno();
  if (number !== EAGAIN && number !== EINTR) throw zmqError(what, number);
}

function checked(result: number, what: string): void {
  if (result === -1) throw zmqError(what);
}

function zmqError(what: string, number: number = libzmq().zmq_errno()): ZmqError {
  const words = stringAt(libzmq(), libzmq().zmq_strerror(number));
  return new ZmqError(`${what}: ${words}`);
}

const roles: Record<string, (context: ZmqContext, endpoint: string, words: string[]) => unknown> = {
  async reply(context, endpoint) {
    const socket = context.socket("REP");
    socket.bind(endpoint);
    for (;;) {
      const question = decode(await socket.receive());
      await socket.send(encode(`you said ${question}`));
    }
  },
  async request(context, endpoint, questions) {
    const socket = context.socket("REQ");
    if (questions.length === 0) misuse("a question is missing");
    socket.connect(endpoint);
    for (const question of questions) {
      await socket.send(encode(question));
      console.log(decode(await socket.receive()));
    }
  },
  async publish(context, endpoint, words) {
    const socket = context.socket("XPUB");
    socket.bind(endpoint);
    await socket.receive(); // a subscriber has come
    await socket.send(encode(words.join(" ")));
  },
  async subscribe(context, endpoint, [topic = ""]) {
    const socket = context.socket("SUB");
    socket.subscribe(topic);
    socket.connect(endpoint);
    for (;;) console.log(decode(await socket.receive()));
  },
};

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

if (import.meta.main) {
  const { positionals } = readCommandLine(usage, {}, { most: Infinity });
  const [role = "", endpoint, ...words] = positionals;
  const play = Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (play === undefined) {
    misuse(`the role must be ${Object.keys(roles).join(" or ")}, not "${role}"`);
  }
  if (endpoint === undefined) misuse("the endpoint is missing");
  using context = new ZmqContext();
  await play(context, endpoint, words);
}
