/**
 * Waits for changes of the mounts. The kernel reports each to one poll. Needs its own mount
 * namespace.
 */

import { execFileSync } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { close, O_RDONLY, open } from "../../src/os/mod.ts";
import { longestWait } from "../support/event_loop.ts";

const [driver, folder] = process.argv.slice(2);
await using manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
for (let round = 0; round < 5; round++) {
  const fd = open("/proc/self/mountinfo", O_RDONLY);
  const signal = AbortSignal.timeout(longestWait);
  const changed = manager.waitPriority(fd, { signal }).then(() => "changed", String);
  // The driver sleeps by then.
  for (let turns = 0; turns < 10; turns++) await setImmediate();
  execFileSync("mount", ["-t", "tmpfs", "none", folder!]);
  console.log(await changed);
  execFileSync("umount", [folder!]);
  close(fd);
}
