/** Sockets for tests. */

import { once } from "node:events";
import { readlinkSync } from "node:fs";
import process from "node:process";
import { close, pipe, socketpair } from "@fdready/fdready/os";
import { countFds, Fds, noMoreFdsThan } from "../../../../tests/support/fds.ts";
import { UServer, USocket, type USocketOptions } from "../../mod.ts";

/** Ends sockets, servers and descriptors at the end of a test. */
export class Sockets implements AsyncDisposable {
  readonly fds = new Fds();
  readonly #sockets: (USocket | UServer)[] = [];

  own<T extends USocket | UServer>(socket: T): T {
    this.#sockets.push(socket);
    return socket;
  }

  /** Two connected sockets. */
  pair(options: USocketOptions = {}): [USocket, USocket] {
    const [a, b] = socketpair();
    return [
      this.own(new USocket({ ...options, fd: a })),
      this.own(new USocket({ ...options, fd: b })),
    ];
  }

  /** A socket, and its peer's descriptor. */
  half(options: USocketOptions = {}): [USocket, number] {
    const [a, b] = socketpair();
    return [this.own(new USocket({ ...options, fd: a })), this.fds.own(b)];
  }

  /** A descriptor, and a name that identifies its file. */
  file(): [fd: number, file: string] {
    const [reader, writer] = this.fds.pipe();
    this.fds.close(writer);
    return [reader, fileOf(reader)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      if (socket instanceof UServer) socket.close();
      else await ended(socket.destroy());
    }
    this.fds[Symbol.dispose]();
  }
}

/** Resolves when `socket` has closed. */
export async function ended(socket: USocket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}

/** The error that ends `socket`. */
export async function failure(socket: USocket): Promise<Error & { code?: string }> {
  const [error] = await once(socket, "error");
  await ended(socket);
  return error;
}

/** Reads bytes and descriptors, once they have arrived. */
export async function readBoth(
  socket: USocket,
  size: number,
  fdSize: number | null,
): Promise<{ data: string; fds: number[] }> {
  const { data, fds } = await readUntilSome(socket, () => socket.read(size, fdSize));
  return { data: String(data), fds };
}

/**
 * Calls `read` now and whenever there may be more to read. Resolves to its first result that isn't
 * null.
 */
export function readUntilSome<T>(socket: USocket, read: () => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const result = read();
      if (result === null) {
        if (socket.destroyed || socket.readableEnded) reject(new Error("The socket has ended"));
        return;
      }
      socket.off("readable", attempt).off("close", attempt);
      resolve(result);
    };
    // A listener that stays: one that is added while there are bytes is called at once, so that
    // a loop would never let the event loop receive more.
    socket.on("readable", attempt).on("close", attempt);
    attempt();
  });
}

/** Resolves when there is something to read. */
export async function readable(socket: USocket): Promise<void> {
  if (socket.destroyed || socket.readableEnded) throw new Error("The socket has ended");
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off("readable", done).off("close", done);
      resolve();
    };
    socket.on("readable", done).on("close", done);
  });
}

/** A name that identifies the file of `fd`, such as `pipe:[8231]`. */
export function fileOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

/** Closes `fds`. Returns the names of their files. */
export function closing(fds: readonly number[]): string[] {
  return fds.map((fd) => {
    const file = fileOf(fd);
    close(fd);
    return file;
  });
}

/** Runs `body`. Afterwards, no more descriptors may be open than before. */
export async function withoutLeaks(body: (sockets: Sockets) => Promise<void>): Promise<void> {
  // The runtime and the manager open some descriptors once.
  await warmUp();
  const before = countFds();
  {
    await using sockets = new Sockets();
    await body(sockets);
  }
  await noMoreFdsThan(before);
}

let warm = false;

async function warmUp(): Promise<void> {
  if (warm) return;
  warm = true;
  await using sockets = new Sockets();
  const [a, b] = sockets.pair();
  a.write("x");
  await readBoth(b, 1, 0);
  closing(pipe());
  await new Promise((resolve) => process.nextTick(resolve));
}
