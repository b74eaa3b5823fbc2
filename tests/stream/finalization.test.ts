/** Streams that become unreachable without being closed. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { FdStream, waitReadable, Wakeup } from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import { close, pipe } from "../../src/os/mod.ts";
import { countFds, Fds, poke } from "../support/fds.ts";
import { collected, collectGarbage } from "../support/garbage.ts";
import { TrapFds } from "../support/trap_fds.ts";
import { isOpen } from "../support/libc.ts";
import { turn } from "../support/event_loop.ts";

describe("FdStream that becomes unreachable", () => {
  it("closes its descriptors", async () => {
    const before = countFds();
    for (let n = 0; n < 50; n++) for (const fd of pipe()) new FdStream(fd);
    // References to the last two may still be on the stack.
    await collected(() => countFds() <= before + 2);
  });

  it("leaves the standard descriptors open", async () => {
    for (let n = 0; n < 50; n++) for (const fd of [1, 2]) new FdStream(fd);
    const before = countFds();
    for (const fd of pipe()) new FdStream(fd);
    for (let n = 0; n < 20; n++) new FdStream(1);
    await collected(() => countFds() <= before);
    assertEquals([1, 2].filter((fd) => !isOpen(fd)), []);
  });

  it("leaves other waits for a standard descriptor pending", async () => {
    using traps = new TrapFds();
    traps.drain();
    (() => new FdStream(0))();
    let ended = false;
    const controller = new AbortController();
    const wait = waitReadable(0, controller).catch((error) => error.name).finally(() =>
      ended = true
    );
    const before = countFds();
    for (const fd of pipe()) new FdStream(fd);
    for (let n = 0; n < 20; n++) new FdStream(0);
    await collected(() => countFds() <= before);
    assertEquals(ended, false);
    controller.abort();
    assertEquals(await wait, "AbortError");
  });

  it("leaves a reused number alone after close() from ./os", async () => {
    const before = countFds();
    for (let n = 0; n < 20; n++) {
      (() => new FdStream(pipe()[0]))();
    }
    for (let n = 0; n < 20; n++) {
      const [readFd, writeFd] = pipe();
      (() => new FdStream(readFd))();
      close(readFd);
      close(writeFd);
    }
    const fds = Array.from({ length: 20 }, () => pipe());
    await collected(() => countFds() <= before + 62);
    for (const fd of fds.flat()) close(fd);
  });

  it("reports no error if its descriptor was closed unannounced", async () => {
    const errors: unknown[] = [];
    const note = (error: unknown) => void errors.push(error);
    process.on("uncaughtException", note);
    process.on("unhandledRejection", note);
    const before = countFds();
    for (let n = 0; n < 20; n++) {
      const [readFd, writeFd] = pipe();
      (() => new FdStream(readFd))();
      libc().close(readFd);
      (() => new FdStream(writeFd))();
    }
    await collected(() => countFds() <= before + 2);
    process.off("uncaughtException", note);
    process.off("unhandledRejection", note);
    assertEquals(errors, []);
  });

  it("keeps the given object, whose finalizer would close the descriptor", async () => {
    const streams = [
      (() => new FdStream(new Wakeup()))(),
      (() => new FdStream(new FdStream(pipe()[0])))(),
    ];
    const before = countFds();
    for (let n = 0; n < 10; n++) for (const fd of pipe()) new FdStream(fd);
    await collected(() => countFds() <= before + 2);
    for (const stream of streams) {
      assertEquals(isOpen(stream.fd), true);
      stream.close();
    }
  });

  it("stays open while a read is pending or its web stream is reachable", async () => {
    using fds = new Fds();
    const [one, other] = pipe();
    const [two, another] = pipe();
    for (const fd of [other, another]) fds.own(fd);
    const reading = new FdStream(one).read(new Uint8Array(8));
    const reader = new FdStream(two).readable.getReader();
    for (let round = 0; round < 10; round++) {
      collectGarbage();
      await turn();
    }
    poke(other);
    poke(another);
    assertEquals(await reading, 1);
    assertEquals((await reader.read()).value?.length, 1);
    await reader.cancel();
  });
});
