/** The doorbell that is always available: a thread that blocks in the kernel. */

import { currentRuntime } from "../runtime/runtime.ts";
import type { Epoll } from "../sys/epoll.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { type BlockingCall, EpollCall, PollCall } from "./poll_call.ts";
import { runtimeParts } from "./runtime_parts.ts";

/** Makes the doorbell for the epoll descriptor `fd`. */
export function createThreadDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  return createDoorbell(
    new PollCall(fd, runtimeParts[currentRuntime()].workerMilliseconds),
    listener,
  );
}

/**
 * Makes a doorbell whose thread blocks in `epoll` itself, as `EPOLLEXCLUSIVE` requires, for up to
 * `milliseconds` in one call. It rings when they are over.
 */
export function createExclusiveDoorbell(
  epoll: Epoll,
  milliseconds: number,
  listener: DoorbellListener,
): Doorbell {
  return createDoorbell(new EpollCall(epoll, milliseconds), listener);
}

function createDoorbell(call: BlockingCall, listener: DoorbellListener): Doorbell {
  return runtimeParts[currentRuntime()].createThreadDoorbell(call, listener);
}
