/**
 * Beside descriptors that are always ready, the event loop does its other work. How fast it does
 * that is measured in `bench`.
 */

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { EpollIOManager } from "../../mod.ts";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { turn, until } from "../support/event_loop.ts";
import { poke } from "../support/fds.ts";

/** Waits this often, at least, so that the descriptor has been hot in the meantime. */
const minWaits = 10;

/** Everything else has starved if it isn't done after so many. */
const maxWaits = 5_000_000;

/** Calls `wait` until `isDone`. */
async function keepWaiting(wait: () => Promise<void>, isDone: () => boolean): Promise<void> {
  for (let waits = 0; waits < minWaits || !isDone(); waits++) {
    if (waits === maxWaits) throw new Error(`Nothing else was done during ${waits} waits`);
    await wait();
  }
}

/** An HTTP server that the runtime serves. */
class Server implements AsyncDisposable {
  readonly #server = createServer((_request, response) => void response.end("hello"));

  async listen(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address?.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describeForDrivers("waitWritable() for a descriptor that is always ready", (it) => {
  it("lets timers fire", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await keepWaiting(() => manager.waitWritable(a), () => ticks >= 10);
    clearInterval(timer);
  });

  it("lets timers fire when some microtasks pass between two waits", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const waitSlowly = async () => {
      await manager.waitWritable(a);
      for (let microtask = 0; microtask < 40; microtask++) await undefined;
    };
    await keepWaiting(waitSlowly, () => ticks >= 10);
    clearInterval(timer);
  });

  it("lets the runtime read files and serve sockets", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    await using server = new Server();
    const url = await server.listen();
    let done = false;
    const work = (async () => {
      const text = await readFile(new URL(import.meta.url), "utf8");
      const replies: string[] = [];
      for (let round = 0; round < 5; round++) replies.push(await (await fetch(url)).text());
      return { length: text.length, replies };
    })().finally(() => done = true);
    await keepWaiting(() => manager.waitWritable(a), () => done);
    const { length, replies } = await work;
    assertGreater(length, 100);
    assertEquals(replies, Array(5).fill("hello"));
  });

  it("lets a wait for another descriptor resolve", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    const [reader, writer] = fds.pipe();
    let done = false;
    const wait = manager.waitReadable(reader).finally(() => done = true);
    turn().then(() => poke(writer));
    await keepWaiting(() => manager.waitWritable(a), () => done);
    await wait;
  });
}, selfRunning);

/**
 * Ways to call `listener` whenever `fd` is writable, which it always is, until the manager closes.
 */
const ways: Record<string, (manager: EpollIOManager, fd: number, listener: () => void) => void> = {
  waitWritable: (manager, fd, listener) => {
    const keepCalling = async (): Promise<void> => {
      for (;;) {
        await manager.waitWritable(fd);
        listener();
      }
    };
    keepCalling().catch(() => {});
  },
  watch: (manager, fd, listener) => void manager.watch(fd, { writable: true }, listener),
};

/** Resolves to the most calls of one event loop turn, once `calls()` has reached `total`. */
async function findMostPerTurn(calls: () => number, total: number): Promise<number> {
  let most = 0;
  let before = calls();
  await until(() => {
    most = Math.max(most, calls() - before);
    before = calls();
    return before >= total;
  }, () => new Error(`There were ${calls()} calls of ${total}`));
  return most;
}

for (const [name, call] of Object.entries(ways)) {
  describeForDrivers(`${name}() with 1 ms of work for each event`, (it) => {
    it("gives the event loop its turn after few events", async ({ manager, fds }) => {
      let events = 0;
      call(manager, fds.socketpair()[0], () => {
        const end = performance.now() + 1;
        while (performance.now() < end);
        events++;
      });
      // Other load makes the work take longer, and a turn shorter.
      assertLess(await findMostPerTurn(() => events, 100), 16);
      await manager.close();
    });
  }, selfRunning);

  const count = 500;

  describeForDrivers(`${name}() for ${count} descriptors that are always ready`, (it) => {
    it("gives the event loop its turn after few events", async ({ manager, fds }) => {
      let events = 0;
      for (let n = 0; n < count; n++) call(manager, fds.socketpair()[0], () => events++);
      assertLess(await findMostPerTurn(() => events, 200 * count), 8 * count);
      await manager.close();
    });

    it("lets the runtime serve sockets", async ({ manager, fds }) => {
      await using server = new Server();
      const url = await server.listen();
      let events = 0;
      for (let n = 0; n < count; n++) call(manager, fds.socketpair()[0], () => events++);
      for (let round = 0; round < 10; round++) {
        const before = events;
        assertEquals(await (await fetch(url)).text(), "hello");
        await until(() => events > before, () => new Error("The descriptors have starved"));
      }
      await manager.close();
    });
  }, selfRunning);
}
