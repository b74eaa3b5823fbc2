/** The open descriptors of a stress run, and which of them share an open file. */

import {
  close,
  dup,
  eventfd,
  listenTcp,
  openpty,
  pipe,
  setNonblocking,
  socketpair,
  timerfd,
} from "../../src/os/mod.ts";
import {
  acceptFrom,
  connectTo,
  dupTo,
  makeRaw,
  setPacketMode,
  shrinkReceiveBuffer,
  shrinkSendBuffer,
} from "../support/libc.ts";

/** An open file. epoll's entries are pairs of a descriptor and an open file. */
export interface OpenFile {
  readonly kind: string;
  /** The descriptors that refer to it now. After the last one is closed, it is gone. */
  readonly fds: Set<number>;
}

/** The most descriptors that are open at a time. */
const maxFds = 64;

export class FdTable implements Disposable {
  readonly #files = new Map<number, OpenFile>();
  readonly #listener = listenTcp("127.0.0.1", 0);
  /** Descriptors that were closed, and may be closed still. */
  readonly #closed: number[] = [];

  constructor() {
    shrinkReceiveBuffer(this.#listener);
  }

  /** The number of open descriptors, including the listener. */
  get size(): number {
    return this.#files.size + 1;
  }

  /** An open descriptor, or undefined if there is none. */
  fd(which: number): number | undefined {
    if (this.#files.size === 0) return undefined;
    return [...this.#files.keys()][which % this.#files.size];
  }

  /** A descriptor that was closed and not reused here, or undefined if there is none. */
  closedFd(which: number): number | undefined {
    const candidates = this.#closed.filter((fd) => !this.#files.has(fd));
    return candidates[which % candidates.length];
  }

  /** The open file that `fd` refers to. */
  file(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** Opens a file, unless too many are open. `which` selects the kind. */
  open(which: number): void {
    const [kind, create] = factories[which % factories.length]!;
    if (this.#files.size + 2 > maxFds) return;
    for (const fd of create(this.#listener)) this.#bind(fd, { kind, fds: new Set() });
  }

  /** Closes `fd`, with `act` if that is given. */
  close(fd: number, act: () => void = () => close(fd)): void {
    act();
    this.#unbind(fd);
    this.#closed.push(fd);
    if (this.#closed.length > 16) this.#closed.shift();
  }

  dup(fd: number): void {
    if (this.#files.size < maxFds) this.#bind(dup(fd), this.#files.get(fd)!);
  }

  /** Makes `to` refer to the open file of `from`. They differ. */
  dup2(from: number, to: number): void {
    dupTo(from, to);
    this.#unbind(to);
    this.#bind(to, this.#files.get(from)!);
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.#files.keys()]) this.close(fd);
    close(this.#listener);
  }

  #bind(fd: number, file: OpenFile): void {
    this.#files.set(fd, file);
    file.fds.add(fd);
  }

  #unbind(fd: number): void {
    this.#files.get(fd)?.fds.delete(fd);
    this.#files.delete(fd);
  }
}

/** The kinds of files, and how to open them. Some kinds are more frequent. */
const factories: readonly (readonly [kind: string, create: (listener: number) => number[]])[] = [
  ["pipe", () => pipe()],
  ["socketpair", () => socketpair()],
  ["eventfd", () => [eventfd()]],
  ["pipe", () => pipe()],
  ["socketpair", () => socketpair()],
  ["timer", () => [timerfd({ initial: 1 })]],
  ["terminal", openTerminal],
  ["connection", openConnection],
];

/** A pseudo-terminal without processing. Its controller reports flushes with priority. */
function openTerminal(): number[] {
  const { controller, terminal } = openpty();
  makeRaw(terminal);
  setPacketMode(controller);
  return [controller, terminal];
}

function openConnection(listener: number): number[] {
  const client = connectTo(listener);
  setNonblocking(client, true);
  shrinkSendBuffer(client);
  const server = acceptFrom(listener);
  shrinkSendBuffer(server);
  return [client, server];
}
