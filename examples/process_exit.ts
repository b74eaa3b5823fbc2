/**
 * Waits until processes end, and prints a line for each. They needn't be children of this one.
 *
 *     deno run --allow-ffi examples/process_exit.ts 1234 5678
 *     bun examples/process_exit.ts 1234 5678
 *     node examples/process_exit.ts 1234 5678
 *
 * Only the parent of a process can get its exit code.
 */

import { closeFd, waitReadable } from "@fdready/fdready";
import { pidfdOpen } from "@fdready/fdready/os";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/process_exit.ts <pids...>
bun examples/process_exit.ts <pids...>
node examples/process_exit.ts <pids...>

Waits until the processes have ended.
`;

/** Resolves when the process `pid` ends. Rejects with `ESRCH` if there is none. */
export async function processExit(
  pid: number,
  options?: { readonly signal?: AbortSignal },
): Promise<void> {
  // This refers to the process, even if another one gets its number later.
  const fd = pidfdOpen(pid);
  try {
    await waitReadable(fd, options);
  } finally {
    closeFd(fd);
  }
}

if (import.meta.main) {
  const { positionals } = readCommandLine(usage, {}, { least: 1, most: Infinity });
  const pids = positionals.map((pid) => readInteger("the number of a process", pid, 1, 2 ** 22));
  const exits = pids.map(async (pid) => {
    await processExit(pid);
    console.log(`${pid} has ended`);
  });
  console.log("waiting");
  await Promise.all(exits);
}
