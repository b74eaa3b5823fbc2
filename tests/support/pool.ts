/** Many descriptors, each with a task that waits for it, reads it and waits again. */

import { ClosedResourceError, type EpollIOManager } from "../../mod.ts";
import { close, eventfd, read, write } from "../../src/os/mod.ts";

const one = new BigUint64Array([1n]);
const oneBytes = new Uint8Array(one.buffer);
const count = new BigUint64Array(1);
const countBytes = new Uint8Array(count.buffer);

/**
 * Counts events independently: tasks count what they have read, and the pool what it has written.
 */
export class Pool {
  readonly #manager: EpollIOManager;
  readonly #fds: number[];
  readonly #tasks: Promise<void>[];
  #expected = 0;
  #all: PromiseWithResolvers<void> | undefined;
  /** The number of resolved waits. */
  events = 0;
  /** The number of posts that a task has read. */
  taken = 0;
  /** The number of posts. */
  posted = 0;

  constructor(manager: EpollIOManager, size: number) {
    this.#manager = manager;
    this.#fds = Array.from({ length: size }, () => eventfd());
    this.#tasks = this.#fds.map((fd) => this.#serve(fd));
  }

  get size(): number {
    return this.#fds.length;
  }

  /** Makes the descriptor at `index` readable. */
  post(index: number): void {
    write(this.#fds[index]!, oneBytes);
    this.posted++;
  }

  /** Resolves when all posts have been read. */
  async settled(): Promise<void> {
    if (this.taken === this.posted) return;
    this.#expected = this.posted;
    this.#all = Promise.withResolvers();
    await this.#all.promise;
  }

  /** Closes all descriptors. A task waits for each. */
  async close(): Promise<void> {
    for (const fd of this.#fds) {
      this.#manager.notifyClosing(fd);
      close(fd);
    }
    await Promise.all(this.#tasks);
  }

  async #serve(fd: number): Promise<void> {
    for (;;) {
      try {
        await this.#manager.waitReadable(fd);
      } catch (error) {
        if (error instanceof ClosedResourceError) return;
        throw error;
      }
      this.events++;
      if (read(fd, countBytes) === undefined) continue;
      this.taken += Number(count[0]);
      if (this.taken === this.#expected) this.#all?.resolve();
    }
  }
}
