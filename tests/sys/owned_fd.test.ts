/** Descriptors of a Worker that ends without closing them. */

import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readlinkSync } from "node:fs";
import { notifyClosing, waitReadable } from "../../mod.ts";
import { OwnedFd } from "../../src/sys/owned_fd.ts";
import { dup, pipe, read } from "../../src/os/mod.ts";
import { Fds, poke } from "../support/fds.ts";
import { until } from "../support/event_loop.ts";
import { dupTo } from "../support/libc.ts";
import { run } from "../support/programs.ts";
import { startWorker, type WorkerMessages } from "../support/workers.ts";
import type { Ownership } from "../programs/workers/own.ts";

/** A Worker that has finished its task. */
async function owner(told: Ownership): Promise<Disposable & WorkerMessages> {
  const worker = startWorker("own");
  worker.postMessage(told);
  assertEquals(await worker.next(), "done");
  return worker;
}

/** Resolves when all write ends of the pipe that `fd` reads are closed. */
async function closed(fd: number): Promise<void> {
  await waitReadable(fd);
  assertEquals(read(fd, new Uint8Array(1)), 0);
  notifyClosing(fd);
}

/** What `fd` refers to. */
function readName(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined; // it isn't open
  }
}

describe("OwnedFd in a Worker", () => {
  it("is closed when the Worker is terminated", async () => {
    using fds = new Fds();
    const [from, to] = pipe();
    fds.own(from);
    using worker = await owner({ own: [to] });
    worker.terminate();
    await closed(from);
  });

  it("is closed when the Worker ends", async () => {
    using fds = new Fds();
    const [from, to] = pipe();
    fds.own(from);
    using _worker = await owner({ own: [to], end: true });
    await closed(from);
  });

  it("is closed when the Worker is terminated, if it is one of a pair", async () => {
    using worker = startWorker("own");
    worker.postMessage({ pair: true } satisfies Ownership);
    const pair = await worker.next() as number[];
    const names = pair.map(readName);
    assertMatch(names.join(), /^socket:\[\d+\],socket:\[\d+\]$/);
    worker.terminate();
    const areClosed = () => pair.every((fd, index) => readName(fd) !== names[index]);
    await until(areClosed, () => new Error(`still open: ${pair.map(readName)}`));
  });

  it("is closed when the Worker is terminated, also if it is descriptor 0", async () => {
    const { code, output } = await run("own_zero");
    assertEquals([code, output], [0, "closed\n"]);
  });

  it("leaves the descriptor open if it was released", async () => {
    using fds = new Fds();
    const [marker, mark] = pipe();
    const [from, to] = fds.pipe();
    fds.own(marker);
    using worker = await owner({ own: [to, mark], disown: [to] });
    worker.terminate();
    await closed(marker);
    poke(to);
    assertEquals(read(from, new Uint8Array(1)), 1);
  });

  it("isn't closed again at the Worker's end if its number is another file's", async () => {
    using fds = new Fds();
    const [marker, mark] = pipe();
    const [from, to] = fds.pipe();
    fds.own(marker);
    // While it is free, no other code gets it, as it would a low one.
    const number = 900;
    dupTo(mark, number);
    using worker = await owner({ own: [number, mark], close: [number] });
    dupTo(to, fds.own(number));
    worker.terminate();
    await closed(marker);
    poke(number);
    assertEquals(read(from, new Uint8Array(1)), 1);
  });

  it("makes way for another one when it is closed", async () => {
    using fds = new Fds();
    const pipes = Array.from({ length: 33 }, pipe);
    for (const [from] of pipes) fds.own(from);
    const [late, ...early] = pipes.map(([, to]) => to);
    using worker = await owner({ own: early, close: early.slice(8, 9) });
    worker.postMessage({ own: [late] });
    assertEquals(await worker.next(), "done");
    worker.terminate();
    await Promise.all(pipes.map(([from]) => closed(from)));
  });

  it("stays open if the Worker owns too many", async () => {
    using fds = new Fds();
    const pipes = Array.from({ length: 32 }, pipe);
    for (const [from] of pipes) fds.own(from);
    const [from, to] = fds.pipe();
    using worker = await owner({ own: [...pipes.map(([, to]) => to), to] });
    worker.terminate();
    await Promise.all(pipes.map(([from]) => closed(from)));
    poke(to);
    assertEquals(read(from, new Uint8Array(1)), 1);
  });
});

describe("a Wakeup of a Worker", () => {
  for (const end of ["close", "stream"] as const) {
    it(`whose number was closed by ${end} isn't closed again when the Worker ends`, async () => {
      using fds = new Fds();
      const [marker, mark] = pipe();
      const [from, to] = fds.pipe();
      fds.own(marker);
      // They take up the low numbers, so that no other code gets the number of the Wakeup once it
      // is free.
      const low = Array.from({ length: 100 }, () => fds.own(dup(from)));
      using worker = startWorker("own");
      worker.postMessage({ own: [mark], wakeup: end });
      const number = await worker.next() as number;
      dupTo(to, fds.own(number));
      for (const fd of low) fds.close(fd);
      worker.terminate();
      await closed(marker);
      poke(number);
      assertEquals(read(from, new Uint8Array(1)), 1);
    });
  }
});

describe("Workers that become owners at the same moment", () => {
  for (const count of [2, 4, 16]) {
    it(`share one set of keys: ${count} of them`, async () => {
      for (let round = 0; round < 3; round++) {
        const { output } = await run("worker_keys", { args: [`${count}`] });
        assertEquals(output, "32\n");
      }
    });
  }
});

describe("OwnedFd on the main thread", () => {
  it("stays open when a Worker ends", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const [marker, mark] = pipe();
    fds.own(marker);
    const owned = new OwnedFd(() => to);
    assertEquals(owned.fd, to);
    using worker = await owner({ own: [mark] });
    worker.terminate();
    await closed(marker);
    poke(to);
    assertEquals(read(from, new Uint8Array(1)), 1);
  });
});
