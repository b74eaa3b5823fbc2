/** The descriptors of a stress run: what is open, under which numbers, and what is the same file. */

import {
  accept,
  close,
  dup,
  listenTcp,
  openpty,
  pipe,
  setNonblocking,
  socketpair,
  timerfd,
} from "../../src/os/mod.ts";
import { createEventfd } from "../../src/sys/eventfd.ts";
import {
  connectTo,
  dupTo,
  makeRaw,
  setPacketMode,
  shrinkReceiveBuffer,
  shrinkSendBuffer,
} from "../support/libc.ts";

/** What descriptors stand for. epoll's entries are pairs of a number and one of these. */
export interface OpenFile {
  readonly kind: string;
  /** The numbers that stand for it now. When there are none it is gone. */
  readonly numbers: Set<number>;
}

/** The most descriptors that are open at a time. */
const room = 64;

export class World implements Disposable {
  readonly #files = new Map<number, OpenFile>();
  readonly #listener = listenTcp("127.0.0.1", 0);
  /** Numbers that were closed and may stand for nothing. */
  readonly #closed: number[] = [];

  constructor() {
    shrinkReceiveBuffer(this.#listener);
  }

  /** How many descriptors are open, the world's own included. */
  get size(): number {
    return this.#files.size + 1;
  }

  /** An open number; undefined if there is none. */
  number(which: number): number | undefined {
    if (this.#files.size === 0) return undefined;
    return [...this.#files.keys()][which % this.#files.size];
  }

  /** A number that has been closed and not been given out here again; undefined if there is none. */
  closedNumber(which: number): number | undefined {
    const candidates = this.#closed.filter((number) => !this.#files.has(number));
    return candidates[which % candidates.length];
  }

  /** What `number` stands for. */
  file(number: number): OpenFile | undefined {
    return this.#files.get(number);
  }

  /** Opens something, if there is room; `which` chooses what. */
  open(which: number): void {
    const make = makers[which % makers.length]!;
    if (this.#files.size + 2 > room) return;
    for (const number of make(this.#listener)) {
      this.#stand(number, { kind: make.name, numbers: new Set() });
    }
  }

  /** Closes `number`, by `act` if there is a particular way to do it. */
  close(number: number, act: () => void = () => close(number)): void {
    act();
    this.#fall(number);
    this.#closed.push(number);
    if (this.#closed.length > 16) this.#closed.shift();
  }

  dup(number: number): void {
    if (this.#files.size < room) this.#stand(dup(number), this.#files.get(number)!);
  }

  /** Lets `to` stand for what `from` stands for; they differ. */
  dupOver(from: number, to: number): void {
    dupTo(from, to);
    this.#fall(to);
    this.#stand(to, this.#files.get(from)!);
  }

  [Symbol.dispose](): void {
    for (const number of [...this.#files.keys()]) this.close(number);
    close(this.#listener);
  }

  #stand(number: number, file: OpenFile): void {
    this.#files.set(number, file);
    file.numbers.add(number);
  }

  #fall(number: number): void {
    this.#files.get(number)?.numbers.delete(number);
    this.#files.delete(number);
  }
}

const makers: readonly ((listener: number) => number[])[] = [
  pipe,
  socketpair,
  eventfd,
  pipe,
  socketpair,
  timer,
  terminal,
  connection,
];

function eventfd(): number[] {
  return [createEventfd()];
}

function timer(): number[] {
  return [timerfd({ initial: 1 })];
}

/** A pseudo-terminal that passes everything through as it is, and tells of flushes by priority. */
function terminal(): number[] {
  const { controller, terminal } = openpty();
  makeRaw(terminal);
  setPacketMode(controller);
  return [controller, terminal];
}

function connection(listener: number): number[] {
  const client = connectTo(listener);
  setNonblocking(client, true);
  shrinkSendBuffer(client);
  const server = accept(listener)!;
  shrinkSendBuffer(server);
  return [client, server];
}
