/** The Workers of one cell of the table: starting them, counting, and stopping them. */

import { readFileSync } from "node:fs";
import { type ExclusiveWaiterOptions, Wakeup } from "../../mod.ts";
import { close, listenTcp } from "../../src/os/mod.ts";
import { allAsleep, instancesWith, until } from "../../tests/support/threads.ts";
import { connectTo } from "../../tests/support/libc.ts";
import { atGate, gate, type Registration, sharedWords, stop, wordsOf } from "./shared.ts";

export interface CrewOptions {
  readonly registration: Registration;
  readonly options: ExclusiveWaiterOptions;
  readonly acceptOne?: boolean;
  readonly work?: number;
}

/** What happened between two looks. */
export interface Counts {
  readonly wakeups: number;
  readonly empty: number;
  readonly contextSwitches: number;
  /** Connections of each Worker, in the order in which they registered. */
  readonly connections: readonly number[];
}

/** How many Workers share the socket. */
export const workerCount = 8;

const backlog = 4096;

export class Crew implements AsyncDisposable {
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
  static async start(crewOptions: CrewOptions): Promise<Crew> {
    const { registration, options, acceptOne = false, work = 0 } = crewOptions;
    const crew = new Crew(registration);
    for (let index = 0; index < workerCount; index++) {
      const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
      const call = new Wakeup();
      const said = nextMessage(worker);
      const { buffer: words } = crew.#words;
      const listener = crew.#listener;
      worker.postMessage({
        ...{ listener, registration, options, acceptOne, work, index, words },
        call: call.fd,
      });
      const { thread } = await said as { thread: string };
      crew.#workers.push(worker);
      crew.#calls.push(call);
      crew.#threads.push(thread);
    }
    await crew.asleep();
    return crew;
  }

  /** Resolves when all are blocked in epoll_wait. */
  asleep(): Promise<void> {
    return allAsleep(instancesWith(this.#listener));
  }

  /** Makes `count` connections as fast as one thread can. */
  connect(count: number): void {
    for (let index = 0; index < count; index++) close(connectTo(this.#listener));
  }

  /** How many connections have been accepted since the start. */
  accepts(): number {
    return this.#sum("connections");
  }

  /** Resolves when that is `count`. */
  accepted(count: number): Promise<void> {
    return until(() => this.accepts() >= count);
  }

  /** Keeps all of them busy, but for what comes meanwhile, until the returned function is called. */
  async busy(): Promise<() => void> {
    Atomics.store(this.#words, atGate, 0);
    for (const call of this.#calls) call.wake();
    await until(() => Atomics.load(this.#words, atGate) === workerCount);
    return () => {
      Atomics.add(this.#words, gate, 1);
      Atomics.notify(this.#words, gate);
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
    return Atomics.load(this.#words, wordsOf(index)[name]);
  }
}

/** What happened between `before` and `after`. */
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
