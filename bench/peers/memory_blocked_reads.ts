/**
 * The memory of waits by a blocked read, a nonblocking call of Deno's FFI for each descriptor. Only
 * as many as Deno's pool has threads do block, 32 of them, and the rest queue behind: `threads`
 * tells how many there are. Argument: how many waits.
 */

import { setNonblocking } from "@fdready/fdready/os";
import { descriptors, measure } from "./memory.ts";
import { finish, numberArgument } from "./support.ts";

const { symbols } = Deno.dlopen("libc.so.6", {
  read: { parameters: ["i32", "buffer", "usize"], result: "i32", nonblocking: true },
});

function threads(): number {
  return [...Deno.readDirSync("/proc/self/task")].length;
}

const fds = descriptors(numberArgument(1));
setNonblocking(fds[0]!, false);
const threadsBefore = threads();
const memory = await measure(fds, async (fd) => {
  await symbols.read(fd, new Uint8Array(1), 1n);
});
finish({ ...memory, threads: threads() - threadsBefore });
