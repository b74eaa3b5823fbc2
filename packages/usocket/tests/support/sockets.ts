/** Sockets to test with. */

import { once } from "node:events";
import { readlinkSync } from "node:fs";
import process from "node:process";
import { close, pipe, socketpair } from "@fdready/fdready/os";
import { countFds, Fds, noMoreFdsThan } from "../../../../tests/support/fds.ts";
import { type UData, UServer, USocket, type USocketOptions } from "../../mod.ts";

/** Ends sockets, servers and descriptors at the end of a test. */
export class Sockets implements AsyncDisposable {
  readonly fds = new Fds();
  readonly #sockets: (USocket | UServer)[] = [];

  own<T extends USocket | UServer>(socket: T): T {
    this.#sockets.push(socket);
    return socket;
  }

  /** Two sockets that are connected to each other. */
  pair(options: USocketOptions = {}): [USocket, USocket] {
    const [one, other] = socketpair();
    return [
      this.own(new USocket({ ...options, fd: one })),
      this.own(new USocket({ ...options, fd: other })),
    ];
  }

  /** A socket, and its peer's descriptor. */
  half(options: USocketOptions = {}): [USocket, number] {
    const [one, other] = socketpair();
    return [this.own(new USocket({ ...options, fd: one })), this.fds.own(other)];
  }

  /** The number of a descriptor, and what tells its file from others. */
  file(): [fd: number, file: string] {
    const [from, to] = this.fds.pipe();
    this.fds.close(to);
    return [from, fileOf(from)];
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

/** The error by which `socket` ends. */
export async function failure(socket: USocket): Promise<Error & { code?: string }> {
  const [error] = await once(socket, "error");
  await ended(socket);
  return error;
}

/** Reads bytes and descriptors, once they are there. */
export async function readBoth(
  socket: USocket,
  size: number,
  fdSize: number | null,
): Promise<{ data: string; fds: number[] }> {
  const read = await new Promise<UData>((resolve, reject) => {
    const attempt = () => {
      const read = socket.read(size, fdSize);
      if (read === null) {
        if (socket.destroyed || socket.readableEnded) reject(new Error("The socket has ended"));
        return;
      }
      socket.off("readable", attempt).off("close", attempt);
      resolve(read);
    };
    // One that stays: "readable" is emitted at once to one that is added while there are bytes.
    socket.on("readable", attempt).on("close", attempt);
    attempt();
  });
  return { data: String(read.data), fds: read.fds };
}

/** Resolves when there may be more to read. */
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

/** What tells the file that `fd` stands for from others that have no name: `pipe:[8231]`. */
export function fileOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

/** The files of `fds`, which are closed. */
export function closing(fds: readonly number[]): string[] {
  return fds.map((fd) => {
    const file = fileOf(fd);
    close(fd);
    return file;
  });
}

/** Runs `body`, after which no more descriptors must be open than before. */
export async function withoutLeaks(body: (sockets: Sockets) => Promise<void>): Promise<void> {
  // What the runtime and the manager open once is none.
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
  const [one, other] = sockets.pair();
  one.write("x");
  await readBoth(other, 1, 0);
  const [from, to] = pipe();
  closing([from, to]);
  await new Promise((resolve) => process.nextTick(resolve));
}
