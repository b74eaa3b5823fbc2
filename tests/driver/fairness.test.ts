/** A descriptor that is always ready must not keep the event loop to itself. */

import { assertEquals, assertGreater } from "@std/assert";
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";

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
