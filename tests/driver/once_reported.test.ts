/** Files that report an event once, to the first poll after it. */

import { assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { run } from "../support/programs.ts";
import { reportSkip } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const canMount =
  spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
if (!canMount) reportSkip("changes of mounts", "this user can't mount");

describeForDrivers("waitPriority() in a sleeping driver", (it, driver) => {
  it("resolves after each change of /proc/self/mountinfo", async () => {
    using folder = new TemporaryFolder();
    const args = [driver, folder.path];
    const result = await run("mount_changes", { args, under: ["unshare", "--mount"] });
    assertEquals(result, { code: 0, signal: null, output: "changed\n".repeat(5) });
  });
}, canMount ? selfRunning : []);
