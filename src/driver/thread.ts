/** The doorbell that is always available: a thread that blocks in the kernel. */

import type { Epoll } from "../sys/epoll.ts";
import { libc } from "../ffi/libc.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { BunThreadDoorbell } from "./thread_bun.ts";
import { DenoThreadDoorbell } from "./thread_deno.ts";
import { EpollWatch, PollWatch, type Watch } from "./watch.ts";

/** Makes the doorbell of this runtime for the epoll descriptor `fd`. */
export function threadDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  return doorbellOf(new PollWatch(fd), listener);
}

/**
 * Makes the doorbell of this runtime whose thread blocks in `epoll` itself, as
 * `EPOLLEXCLUSIVE` demands, for up to `milliseconds` in one go; it rings when they are over.
 */
export function threadDoorbellIn(
  epoll: Epoll,
  milliseconds: number,
  listener: DoorbellListener,
): Doorbell {
  return doorbellOf(new EpollWatch(epoll, milliseconds), listener);
}

function doorbellOf(watch: Watch, listener: DoorbellListener): Doorbell {
  return libc().runtime === "bun"
    ? new BunThreadDoorbell(watch, listener)
    : new DenoThreadDoorbell(watch, listener);
}
