/**
 * The memory of blocked reads: a nonblocking call through Deno's FFI for each descriptor. Deno's
 * pool has 32 threads, so only 32 calls block, and the others are queued: `threads` is the number
 * of threads. The argument is the number of waits.
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
