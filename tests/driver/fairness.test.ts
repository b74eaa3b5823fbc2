/** A descriptor that is always ready must not keep the event loop to itself. */

import { assertEquals, assertGreater, assertGreaterOrEqual, assertLess } from "@std/assert";
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import type { EpollIOManager } from "../../mod.ts";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import type { Fds } from "../support/fds.ts";
import { turn } from "../support/event_loop.ts";

/** Waits for `fd` to be writable, which it always is, until `done` says otherwise; bounded. */
async function keepHot(wait: () => Promise<void>, done: () => boolean): Promise<number> {
  let rounds = 0;
  while (!done() && rounds < 5_000_000) {
    await wait();
    rounds++;
  }
  return rounds;
}

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve(`http://127.0.0.1:${port}/`);
    });
  });
}

describeForDrivers("while one descriptor is permanently hot", (it) => {
  it("timers go on", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const rounds = await keepHot(() => manager.waitWritable(one), () => ticks >= 10);
    clearInterval(timer);
    assertEquals(ticks >= 10, true);
    assertGreater(rounds, 10);
  });

  it("timers go on, though between two waits nobody waits for a while", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const waitSlowly = async () => {
      await manager.waitWritable(one);
      for (let microtask = 0; microtask < 40; microtask++) await undefined;
    };
    const rounds = await keepHot(waitSlowly, () => ticks >= 10);
    clearInterval(timer);
    assertEquals(ticks >= 10, true);
    assertGreater(rounds, 10);
  });

  it("files and sockets of the runtime go on", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const server = createServer((_request, response) => void response.end("hello"));
    const url = await listening(server);
    let done = false;
    const work = (async () => {
      const text = await readFile(new URL(import.meta.url), "utf8");
      const replies: string[] = [];
      for (let round = 0; round < 5; round++) replies.push(await (await fetch(url)).text());
      done = true;
      return { length: text.length, replies };
    })();
    const rounds = await keepHot(() => manager.waitWritable(one), () => done);
    const { length, replies } = await work;
    assertGreater(length, 100);
    assertEquals(replies, Array(5).fill("hello"));
    assertGreater(rounds, 10);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("a second descriptor gets its turn", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const [from, to] = fds.pipe();
    let woken = false;
    const wait = manager.waitReadable(from).then(() => woken = true);
    setTimeout(() => fds.close(to), 1);
    await keepHot(() => manager.waitWritable(one), () => woken);
    assertEquals(woken, true);
    await wait;
  });
}, selfRunning);

describeForDrivers(
  "while the work for a descriptor that is permanently hot takes a millisecond",
  (it) => {
    for (const name of ["wait", "watch"]) {
      it(`there is little of it from turn to turn, by ${name}`, async ({ manager, fds }) => {
        let events = 0;
        ways[name]!(manager, fds.socketpair()[0], () => {
          const until = performance.now() + 1;
          while (performance.now() < until);
          events++;
        });
        const counts: number[] = [];
        const until = performance.now() + 10_000;
        while (events < 300 && performance.now() < until) {
          const before = events;
          await turn();
          counts.push(events - before);
        }
        await manager.close();
        assertGreaterOrEqual(events, 300);
        assertLess(Math.max(...counts), 16);
      });
    }
  },
  selfRunning,
);

/** Ways to be told all the time of `fd`, which is always writable, until the manager is closed. */
const ways: Record<string, (manager: EpollIOManager, fd: number, listener: () => void) => void> = {
  wait: (manager, fd, listener) => {
    const goOn = async (): Promise<void> => {
      for (;;) {
        await manager.waitWritable(fd);
        listener();
      }
    };
    goOn().catch(() => {});
  },
  watch: (manager, fd, listener) => void manager.watch(fd, { writable: true }, listener),
};

const many = 500;

describeForDrivers(`while ${many} descriptors are permanently hot`, (it) => {
  for (const [name, tell] of Object.entries(ways)) {
    /** Counts the events of many descriptors, all the time. */
    const begin = (manager: EpollIOManager, fds: Fds): { events: number } => {
      const count = { events: 0 };
      for (let n = 0; n < many; n++) tell(manager, fds.socketpair()[0], () => count.events++);
      return count;
    };

    it(`there are few events from turn to turn, by ${name}`, async ({ manager, fds }) => {
      const count = begin(manager, fds);
      let most = 0;
      const until = performance.now() + 10_000;
      while (count.events < 200 * many && performance.now() < until) {
        const before = count.events;
        await turn();
        most = Math.max(most, count.events - before);
      }
      await manager.close();
      assertGreaterOrEqual(count.events, 200 * many);
      assertLess(most, 8 * many);
    });

    it(`sockets of the runtime go on, by ${name}`, async ({ manager, fds }) => {
      const server = createServer((_request, response) => void response.end("hello"));
      const url = await listening(server);
      const count = begin(manager, fds);
      const started = performance.now();
      const elapsed = () => performance.now() - started;
      let rounds = 0;
      while ((rounds < 10 || count.events < 200 * many) && elapsed() < 10_000) {
        await (await fetch(url)).text();
        rounds++;
      }
      const average = elapsed() / rounds;
      await manager.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      assertGreaterOrEqual(count.events, 200 * many);
      assertLess(average, 500);
    });
  }
}, selfRunning);
