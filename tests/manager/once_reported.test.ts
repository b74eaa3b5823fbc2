/** Files that report an event once, to the first poll after it. */

import { assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { run } from "../support/programs.ts";
import { reportSkip } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const canMount =
  spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
if (!canMount) reportSkip("changes of mounts between waits", "this user can't mount");

const rounds = "before the driver sleeps again: changed\nbefore the driver sleeps: changed\n"
  .repeat(8);

const besideWatch = "before a watch changes: changed\nbeside a watch, before an abort: changed\n"
  .repeat(2);

const expected = `changed
between two waits: changed
before waitReady: true true
${rounds}${besideWatch}before another wait: changed
in a listener: 2 calls
`;

const beside = `${"in another listener: changed\n".repeat(6)}after an abort: changed
after an abort of another direction: changed
after aborts of two directions: changed
after a timeout: changed
after a timeout without a direction: changed
after an earlier change: changed
of many: 600
of many: 600
in a received list: 1
before a timeout: true
in a list before a timeout: 1 true
`;

describeForDrivers("waitPriority(), waitReady() and watch()", (it, driver) => {
  it("report changes of /proc/self/mountinfo from before they were armed", async () => {
    using folder = new TemporaryFolder();
    const args = [driver, folder.path];
    const result = await run("mount_changes_between", { args, under: ["unshare", "--mount"] });
    assertEquals(result, { code: 0, signal: null, output: expected });
  });

  it("report changes of /proc/self/mountinfo beside other events", async () => {
    using folder = new TemporaryFolder();
    const args = [driver, folder.path];
    const result = await run("mount_changes_beside", { args, under: ["unshare", "--mount"] });
    assertEquals(result, { code: 0, signal: null, output: beside });
  });
}, canMount ? drivers : []);
