/** The doorbell that is always available: a thread blocked in poll(2). */

import { libc } from "../ffi/libc.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { BunThreadDoorbell } from "./thread_bun.ts";
import { DenoThreadDoorbell } from "./thread_deno.ts";

/** Makes the doorbell of this runtime for the epoll descriptor `fd`. */
export function threadDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  return libc().runtime === "bun"
    ? new BunThreadDoorbell(fd, listener)
    : new DenoThreadDoorbell(fd, listener);
}
