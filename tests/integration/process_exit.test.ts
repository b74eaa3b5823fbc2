/** Waits for the end of processes with pidfds. */

import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { processExit } from "../../examples/process_exit.ts";
import { defaultManager, SystemError } from "../../mod.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { outcome, printed, start } from "../support/programs.ts";
import { asleep } from "../support/waits.ts";

/** Starts a process that isn't a child of this one. */
function startForeign(): number {
  const output = execFileSync("sh", ["-c", "sleep 600 >/dev/null 2>&1 & echo $!"]);
  return Number(output);
}

describe("processExit()", () => {
  it("resolves when a process ends that isn't a child", async () => {
    const pid = startForeign();
    const aborted = async () => {
      const controller = new AbortController();
      const rejected = assertRejects(() => processExit(pid, controller), DOMException);
      await asleep(defaultManager());
      controller.abort();
      await rejected;
    };
    await aborted(); // opens what is opened once
    const before = countFds();
    let ended = false;
    const exit = processExit(pid).then(() => ended = true);
    await aborted();
    assertEquals(ended, false);
    process.kill(pid);
    await exit;
    await noMoreFdsThan(before);
  });

  it("rejects if there is no such process", async () => {
    // No process has a number this high.
    await assertRejects(() => processExit(2 ** 22 + 1), SystemError, "ESRCH");
  });

  it("the program prints the end, with only --allow-ffi", async () => {
    const pids = [startForeign(), startForeign()];
    const args = pids.map(String);
    const child = start("../../examples/process_exit", { args, permissions: ["--allow-ffi"] });
    const ended = outcome(child);
    await printed(child, "waiting");
    process.kill(pids[1]!);
    await printed(child, `${pids[1]} has ended`);
    process.kill(pids[0]!);
    const output = `waiting\n${pids[1]} has ended\n${pids[0]} has ended\n`;
    assertEquals(await ended, { code: 0, signal: null, output });
  });
});
