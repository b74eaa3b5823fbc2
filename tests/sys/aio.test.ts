/** AIO's poll, which leaves events where they are. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EpollIOManager } from "../../mod.ts";
import { SystemError } from "../../src/ffi/errors.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { aioSymbols, memorySymbols } from "../../src/ffi/symbols.ts";
import { close, pipe, write } from "../../src/os/mod.ts";
import { AioPoll } from "../../src/sys/aio.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { EAGAIN } from "../support/errnos.ts";
import { until } from "../support/event_loop.ts";
import { failingIn } from "../support/faults.ts";
import { countFds, drain, Fds, noMoreFdsThan, poke } from "../support/fds.ts";
import { describeUnless } from "../support/skip.ts";
import { wakeFromSleep } from "../support/waits.ts";

function findRefusal(): string | undefined {
  using fds = new Fds();
  try {
    using _poll = new AioPoll(fds.pipe()[0]);
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) return error.message;
    throw error;
  }
}

/** Whether nothing can read what is written to `writer`. */
function isBroken(writer: number): boolean {
  try {
    write(writer, new Uint8Array(1));
    return false;
  } catch (error) {
    return (error as SystemError).code === "EPIPE";
  }
}

const refusal = findRefusal();

describeUnless(refusal, "AioPoll", () => {
  it("makes its eventfd readable once the descriptor is readable", async () => {
    await using manager = new EpollIOManager();
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    using poll = new AioPoll(reader);
    assertEquals(poll.ready.drain(), 0);
    poke(writer);
    await manager.waitReadable(poll.ready);
    assertEquals(poll.ready.drain(), 1);
  });

  it("waits again after start()", async () => {
    await using manager = new EpollIOManager();
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    using poll = new AioPoll(reader);
    // More often than the kernel has room for completions.
    for (let round = 0; round < 1000; round++) {
      poll.start();
      assertEquals(poll.ready.drain(), 0);
      poke(writer);
      await manager.waitReadable(poll.ready);
      drain(reader);
    }
  });

  it("is ready at once when start() finds the descriptor readable", async () => {
    await using manager = new EpollIOManager();
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    poke(writer);
    using poll = new AioPoll(reader);
    for (let round = 0; round < 10; round++) {
      await manager.waitReadable(poll.ready);
      poll.start();
    }
  });

  it("leaves nothing open when it is disposed while it waits", async () => {
    const before = countFds();
    using _guard = new CloseGuard();
    for (let round = 0; round < 50; round++) {
      const [reader, writer] = pipe();
      {
        using _poll = new AioPoll(reader);
      }
      close(reader);
      // The kernel would keep the reader open for a pending poll.
      await until(() => isBroken(writer), () => new Error("The reader is still open"));
      close(writer);
    }
    await noMoreFdsThan(before);
  });

  it("frees its memory once, even if it is disposed twice", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    let frees = 0;
    using _spy = failingIn(bindSymbols(memorySymbols), "free", 0, undefined, () => ++frees === 0);
    const poll = new AioPoll(reader);
    for (let round = 0; round < 2; round++) poll[Symbol.dispose]();
    assertEquals(frees, 1);
  });

  it("throws and leaks nothing when the kernel refuses", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const before = countFds();
    using _fault = failingIn(bindSymbols(aioSymbols), "syscall", EAGAIN, -1);
    assertThrows(() => new AioPoll(reader), SystemError, "io_submit");
    assertEquals(countFds(), before);
  });
});

describe("the thread doorbell without AIO", () => {
  it("still wakes a manager", async () => {
    using _fault = failingIn(bindSymbols(aioSymbols), "syscall", EAGAIN, -1);
    await using manager = new EpollIOManager({ driver: "thread" });
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    for (let round = 0; round < 5; round++) {
      await wakeFromSleep(manager, reader, writer);
    }
  });
});
