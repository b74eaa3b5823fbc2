/** The thread of the thread doorbell, as the system sees it. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import os from "node:os";
import { threadFactory } from "../../src/driver/thread.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { memorySymbols } from "../../src/ffi/symbols.ts";
import { Epoll } from "../../src/sys/epoll.ts";
import { failingIn } from "../support/faults.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { run } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";
import { threadsPolling, until } from "../support/threads.ts";
import { startWorker } from "../support/workers.ts";

const [major = 0, minor = 0] = os.release().split(".").map(Number);

const isReported = major > 6 || (major === 6 && minor >= 9);
const reason = isReported ? undefined : "Linux reports the end of a thread since 6.9";

describe("the thread doorbell", () => {
  it("close() frees everything once, even if it is called twice while a call is blocked", async () => {
    const before = countFds();
    using epoll = new Epoll();
    let frees = 0;
    let allocations = 0;
    const memory = bindSymbols(memorySymbols);
    using _frees = failingIn(memory, "free", 0, undefined, () => ++frees === 0);
    using _allocations = failingIn(memory, "malloc", 0, undefined, () => ++allocations === 0);
    const doorbell = threadFactory.createDoorbell(epoll.fd, {
      onReady: () => {},
      onFailure: (error) => {
        throw error;
      },
    });
    doorbell.arm(true);
    await Promise.all([doorbell.close(), doorbell.close()]);
    assertEquals(frees, allocations);
    await noMoreFdsThan(before + 1);
  });

  it("rejects all waits when its system call fails", async () => {
    const result = await run("poll_limit");
    assertEquals(result, { code: 0, signal: null, output: "EINVAL poll\n" });
  });
});

describeUnless(reason, "the thread of a terminated Worker", () => {
  it("ends at once, long before the end of its system call", async () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const worker = startWorker("wait_forever");
    worker.postMessage({ fd: reader, options: { driver: "thread" } });
    assertEquals(await worker.next(), "waiting");
    // It polls the manager's instance, its bell, and the end of the Worker's thread.
    await until(() => threadsPolling(3).size === 1);
    worker.terminate();
    await until(() => threadsPolling(3).size === 0);
  });
});
