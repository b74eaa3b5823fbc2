/** The Workers of a measurement: starting them, counting, and stopping them. */

import { readFileSync } from "node:fs";
import { type ExclusiveWaiterOptions, Wakeup } from "../../mod.ts";
import { close, listenTcp } from "../../src/os/mod.ts";
import { allAsleep, instancesWith, until } from "../../tests/support/threads.ts";
import { connectTo } from "../../tests/support/libc.ts";
import { atBarrier, barrier, type Registration, sharedWords, stop, wordsFor } from "./shared.ts";

export interface WorkerGroupOptions {
  readonly registration: Registration;
  readonly options: ExclusiveWaiterOptions;
  readonly acceptOne?: boolean;
  readonly work?: number;
}

/** Counts between two points in time. */
export interface Counts {
  readonly wakeups: number;
  readonly empty: number;
  readonly contextSwitches: number;
  /** Connections of each Worker, in the order of registration. */
  readonly connections: readonly number[];
}

/** How many Workers share the socket. */
export const workerCount = 8;

const backlog = 4096;

export class WorkerGroup implements AsyncDisposable {
  readonly #listener = listenTcp("127.0.0.1", 0, { backlog });
  readonly #words = sharedWords(workerCount);
  readonly #registration: Registration;
  readonly #workers: Worker[] = [];
  readonly #calls: Wakeup[] = [];
  readonly #threads: string[] = [];

  private constructor(registration: Registration) {
    this.#registration = registration;
  }

  /** Starts the Workers one after another, so that their order in the wait queue is known. */
  static async start(groupOptions: WorkerGroupOptions): Promise<WorkerGroup> {
    const { registration, options, acceptOne = false, work = 0 } = groupOptions;
    const group = new WorkerGroup(registration);
    for (let index = 0; index < workerCount; index++) {
      const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
      const call = new Wakeup();
      const message = nextMessage(worker);
      const { buffer: words } = group.#words;
      const listener = group.#listener;
      worker.postMessage({
        ...{ listener, registration, options, acceptOne, work, index, words },
        call: call.fd,
      });
      const { thread } = await message as { thread: string };
      group.#workers.push(worker);
      group.#calls.push(call);
      group.#threads.push(thread);
    }
    await group.asleep();
    return group;
  }

  /** Resolves when all Workers block in epoll_wait. */
  asleep(): Promise<void> {
    return allAsleep(instancesWith(this.#listener));
  }

  /** Makes `count` connections as fast as a thread can. */
  connect(count: number): void {
    for (let index = 0; index < count; index++) close(connectTo(this.#listener));
  }

  /** The number of accepted connections since the start. */
  accepts(): number {
    return this.#sum("connections");
  }

  /** Resolves when `count` connections were accepted. */
  accepted(count: number): Promise<void> {
    return until(() => this.accepts() >= count);
  }

  /** Keeps all Workers at the barrier until the returned function is called. */
  async busy(): Promise<() => void> {
    Atomics.store(this.#words, atBarrier, 0);
    for (const call of this.#calls) call.wake();
    await until(() => Atomics.load(this.#words, atBarrier) === workerCount);
    return () => {
      Atomics.add(this.#words, barrier, 1);
      Atomics.notify(this.#words, barrier);
    };
  }

  counts(): Counts {
    return {
      wakeups: this.#sum("wakeups"),
      empty: this.#sum("empty"),
      contextSwitches: this.#threads.reduce((sum, thread) => sum + contextSwitches(thread), 0),
      connections: this.#workers.map((_, index) => this.#word("connections", index)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const done = this.#workers.map(nextMessage);
    Atomics.store(this.#words, stop, 1);
    if (this.#registration === "library") {
      for (const worker of this.#workers) worker.postMessage("stop");
    } else {
      for (const call of this.#calls) call.wake();
    }
    await Promise.all(done);
    for (const worker of this.#workers) worker.terminate();
    for (const call of this.#calls) call.close();
    close(this.#listener);
  }

  #sum(name: "wakeups" | "empty" | "connections"): number {
    return this.#workers.reduce((sum, _, index) => sum + this.#word(name, index), 0);
  }

  #word(name: "wakeups" | "empty" | "connections", index: number): number {
    return Atomics.load(this.#words, wordsFor(index)[name]);
  }
}

/** The counts between `before` and `after`. */
export function difference(before: Counts, after: Counts): Counts {
  return {
    wakeups: after.wakeups - before.wakeups,
    empty: after.empty - before.empty,
    contextSwitches: after.contextSwitches - before.contextSwitches,
    connections: after.connections.map((count, index) => count - before.connections[index]!),
  };
}

function contextSwitches(thread: string): number {
  const status = readFileSync(`/proc/self/task/${thread}/status`, "utf8");
  const numbers = status.matchAll(/ctxt_switches:\s*(\d+)/g);
  return [...numbers].reduce((sum, [, count]) => sum + Number(count), 0);
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}
