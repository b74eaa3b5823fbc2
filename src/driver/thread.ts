/** The doorbell that is always available: a thread that blocks in the kernel. */

import { libc } from "../ffi/libc.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { BunThreadDoorbell } from "./thread_bun.ts";
import { DenoThreadDoorbell } from "./thread_deno.ts";
import { Watch, watchOver } from "./watch.ts";

/** Makes the doorbell of this runtime for the epoll descriptor `fd`. */
export function threadDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  return doorbellOf(watchOver(fd), listener);
}

/**
 * Makes the doorbell of this runtime whose thread blocks in the epoll instance `fd` itself, as
 * `EPOLLEXCLUSIVE` demands, for up to `milliseconds` in one go; it rings when they are over.
 */
export function threadDoorbellIn(
  fd: number,
  milliseconds: number,
  listener: DoorbellListener,
): Doorbell {
  return doorbellOf(new Watch(fd, true, milliseconds), listener);
}

function doorbellOf(watch: Watch, listener: DoorbellListener): Doorbell {
  return libc().runtime === "bun"
    ? new BunThreadDoorbell(watch, listener)
    : new DenoThreadDoorbell(watch, listener);
}
