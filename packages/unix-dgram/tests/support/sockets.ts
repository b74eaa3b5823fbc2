/** Sockets for tests. */

import { countFds, Fds, noMoreFdsThan } from "../../../../tests/support/fds.ts";
import { TemporaryFolder } from "../../../../tests/support/temporary_folder.ts";
import { createSocket, type UnixDgramOptions, UnixDgramSocket } from "../../mod.ts";

/** Closes sockets and descriptors at the end of a test. */
export class Sockets implements Disposable {
  readonly fds = new Fds();
  /** Doesn't abort. */
  readonly signal = new AbortController().signal;
  readonly #folder = new TemporaryFolder();
  readonly #sockets: UnixDgramSocket[] = [];
  #paths = 0;

  own(socket: UnixDgramSocket): UnixDgramSocket {
    this.#sockets.push(socket);
    return socket;
  }

  /** A new socket. */
  create(options: UnixDgramOptions = {}): UnixDgramSocket {
    return this.own(createSocket("unix_dgram", options));
  }

  /** A new socket that is bound to a free path. */
  bound(options: UnixDgramOptions = {}): [UnixDgramSocket, path: string] {
    const path = this.path();
    return [this.create(options).bind(path), path];
  }

  /** A bound socket, and one that is connected to it. */
  pair(
    options: UnixDgramOptions = {},
  ): [server: UnixDgramSocket, client: UnixDgramSocket, path: string] {
    const [server, path] = this.bound(options);
    return [server, this.create(options).connect(path), path];
  }

  /** A free path. */
  path(): string {
    return `${this.#folder.path}/${this.#paths++}`;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.close();
    this.fds[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Runs `body`. Afterwards, no more descriptors may be open than before. */
export async function withoutLeaks(
  body: (sockets: Sockets) => Promise<void> | void,
): Promise<void> {
  // The runtime and the manager open some descriptors once.
  await warmUp();
  const before = countFds();
  {
    using sockets = new Sockets();
    await body(sockets);
  }
  await noMoreFdsThan(before);
}

let isWarm = false;

async function warmUp(): Promise<void> {
  if (isWarm) return;
  isWarm = true;
  using sockets = new Sockets();
  const [server, client] = sockets.pair();
  const receiving = server.receive();
  await new Promise(setImmediate);
  await client.send("x");
  await receiving;
}

/**
 * Sends to the receiver at `path`, or to the connected one, until it is busy. Returns the number.
 */
export function fill(socket: UnixDgramSocket, path?: string | Uint8Array): number {
  for (let count = 0;; count++) {
    let code: number | undefined;
    socket.send(`${count}`, { path }, (error) => code = error?.code);
    if (code !== undefined) return count;
  }
}

/** Receives `count` datagrams, as strings. */
export async function receiveAll(socket: UnixDgramSocket, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) texts.push(String((await socket.receive()).data));
  return texts;
}

/** The numbers from 0 to `count`, as strings. */
export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}`);
}

/** The class, for tests of its constructor. */
export { UnixDgramSocket };
