/** The thread doorbell's thread, seen from outside. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import os from "node:os";
import { Fds } from "../support/fds.ts";
import { run } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";
import { threadsPolling, until } from "../support/threads.ts";
import { startWorker } from "../support/workers.ts";

const [major = 0, minor = 0] = os.release().split(".").map(Number);

const canTell = major > 6 || (major === 6 && minor >= 9);
const reason = canTell ? undefined : "the end of a thread can be told from Linux 6.9 on";

describe("the thread doorbell", () => {
  it("rejects all waits when its system call fails", async () => {
    const result = await run("poll_limit");
    assertEquals(result, { code: 0, signal: null, output: "EINVAL poll\n" });
  });
});

describeUnless(reason, "the thread of a Worker that was terminated", () => {
  it("goes at once, long before its watch is over", async () => {
    using fds = new Fds();
    const [from] = fds.pipe();
    const worker = startWorker("wait_forever");
    worker.postMessage({ fd: from, options: { driver: "thread" } });
    assertEquals(await worker.next(), "waiting");
    // It polls the manager's instance, its bell, and the end of the Worker's thread.
    await until(() => threadsPolling(3).size === 1);
    worker.terminate();
    await until(() => threadsPolling(3).size === 0);
  });
});
