/** The end of processes, by pidfds. */

import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { processExit } from "../../examples/process_exit.ts";
import { SystemError } from "../../mod.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { outcome, start } from "../support/programs.ts";

/** Starts a process that is no child of this one. */
function startForeign(): number {
  const output = execFileSync("sh", ["-c", "sleep 60 >/dev/null 2>&1 & echo $!"]);
  return Number(output);
}

describe("the end of a process", () => {
  it("is told of one that is no child", async () => {
    const pid = startForeign();
    const aborted = () =>
      assertRejects(() => processExit(pid, { signal: AbortSignal.timeout(1) }), DOMException);
    await aborted(); // whatever is opened once is open now
    const before = countFds();
    let ended = false;
    const exit = processExit(pid).then(() => ended = true);
    await aborted();
    assertEquals(ended, false);
    process.kill(pid);
    await exit;
    await noMoreFdsThan(before);
  });

  it("isn't awaited of one that there isn't", async () => {
    // More than there can be.
    await assertRejects(() => processExit(2 ** 22 + 1), SystemError, "ESRCH");
  });

  it("is printed, with no permission but --allow-ffi", async () => {
    const pids = [startForeign(), startForeign()];
    const args = pids.map(String);
    const child = start("../../examples/process_exit", { args, permissions: ["--allow-ffi"] });
    const ended = outcome(child);
    process.kill(pids[1]!);
    child.stdout!.once("data", () => process.kill(pids[0]!));
    const output = `${pids[1]} has ended\n${pids[0]} has ended\n`;
    assertEquals(await ended, { code: 0, signal: null, output });
  });
});
