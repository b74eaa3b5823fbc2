/**
 * Prints the events of a control group, such as the start of its first process and the end of its
 * last, when they happen.
 *
 *     deno run --allow-ffi examples/cgroup_events.ts /sys/fs/cgroup/user.slice
 *     bun examples/cgroup_events.ts /sys/fs/cgroup/user.slice
 *     node examples/cgroup_events.ts /sys/fs/cgroup/user.slice
 *
 * `readOnChange` works for all files of cgroups and in sysfs that report changes: a GPIO line's
 * `value`, an RAID array's `sync_action`, a battery's `uevent`. Each of them reports its next
 * change only after a read at offset 0.
 */

import process from "node:process";
import { closeFd, SystemError, type WaitOptions, waitPriority } from "@fdready/fdready";
import { O_RDONLY, open, pread } from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/cgroup_events.ts <directory>
bun examples/cgroup_events.ts <directory>
node examples/cgroup_events.ts <directory>

Prints the events of the control group when one changes.
`;

/** Yields the contents of a file in sysfs or of a cgroup: now, and again after each change. */
export async function* readOnChange(
  path: string,
  options?: WaitOptions,
): AsyncGenerator<string, void> {
  const fd = open(path, O_RDONLY);
  try {
    // The kernel makes files in sysfs, whole, of at most one page.
    const buffer = new Uint8Array(4096);
    for (;;) {
      // A change after this line ends the next wait, even if it comes before the wait.
      const length = pread(fd, buffer, 0);
      yield new TextDecoder().decode(buffer.subarray(0, length));
      await waitPriority(fd, options);
    }
  } catch (error) {
    // The file was removed, with the cgroup or the device. The kernel doesn't report that by
    // itself.
    if (!(error instanceof SystemError && error.code === "ENODEV")) throw error;
  } finally {
    closeFd(fd);
  }
}

/**
 * Yields the events of the cgroup at `directory`, such as `populated` and `frozen`, when one
 * changes.
 */
export async function* cgroupEvents(
  directory: string,
  options?: WaitOptions,
): AsyncGenerator<ReadonlyMap<string, boolean>, void> {
  for await (const text of readOnChange(`${directory}/cgroup.events`, options)) {
    yield new Map(Array.from(text.matchAll(/^(\w+) (\d+)$/gm), ([, name, value]) => [
      name!,
      value !== "0",
    ]));
  }
}

if (import.meta.main) {
  const { positionals: [directory] } = readCommandLine(usage, {}, { least: 1, most: 1 });
  try {
    for await (const events of cgroupEvents(directory!)) {
      console.log(Array.from(events, ([name, value]) => `${name}: ${value}`).join(", "));
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
