/**
 * Triggers of the kernel's pressure stall information, whose poll() reports each event only once.
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ChildProcess, spawn } from "node:child_process";
import { cpus } from "node:os";
import { pressure, type PressureOptions } from "../../examples/pressure.ts";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { countFdsTo } from "../support/fds.ts";
import { matching, outcome, start } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";

const path = "/proc/pressure/cpu";

/** 1 ms of 2 s: a trigger that fires in each window on a busy machine. */
const trigger = "some 1000 2000000\0";

function cannotTrigger(): string | undefined {
  try {
    const fd = os.open(path, os.O_RDWR);
    try {
      os.write(fd, new TextEncoder().encode(trigger));
    } finally {
      os.close(fd);
    }
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) return `needs pressure stall information: ${error.message}`;
    throw error;
  }
}

/** Keeps all processors busy with more tasks than they can run, which yield to all others. */
class Load implements Disposable {
  readonly #children: ChildProcess[] = Array.from({ length: cpus().length + 1 }, () => {
    // For a minute at most. Each command replaces the one before, so that the signal reaches the
    // loop.
    const loop = "ulimit -t 60; while :; do :; done";
    return spawn("nice", ["-n", "19", "sh", "-c", loop], { stdio: "ignore" });
  });

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill();
  }
}

const options: PressureOptions = { stall: 1, window: 2000 };

describeUnless(cannotTrigger(), "pressure()", () => {
  it("yields the averages while tasks stall, and closes the file", async () => {
    using _load = new Load();
    const events = pressure("cpu", options);
    for (let count = 0; count < 2; count++) {
      assertMatch((await events.next()).value!, /^some avg10=[\d.]+ .* total=\d+$/m);
    }
    await events.return();
    assertEquals(countFdsTo(path), 0);
  });

  it("rejects with EINVAL for a window that the kernel refuses", async () => {
    await assertRejects(
      () => pressure("cpu", { stall: 1, window: 20_000 }).next(),
      SystemError,
      "EINVAL",
    );
  });

  it("the program prints averages, with only --allow-ffi", async () => {
    using _load = new Load();
    const args = ["cpu", "1", "2000"];
    const child = start("../../examples/pressure", { args, permissions: ["--allow-ffi"] });
    const result = outcome(child);
    await matching(child, /^some avg10=/m);
    child.kill();
    assertMatch((await result).output, /^watching cpu\nsome avg10=/);
  });
});

describe("pressure()", () => {
  it("rejects for a file that doesn't exist", async () => {
    const events = pressure("cpu", { ...options, path: "/nonexistent" });
    await assertRejects(() => events.next(), SystemError, "ENOENT");
  });
});
