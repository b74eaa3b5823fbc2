/**
 * System calls that an io_uring interrupts. When a ring of this isolate completes, the call that
 * the isolate is in fails with `EINTR`, as after a signal.
 */

import { now } from "../runtime/globals.ts";

/** A doorbell whose rings interrupt system calls. */
export interface InterruptingDoorbell {
  /** Whether it has rung since the last time that this was asked. */
  takeRing(): boolean;
}

/** The open ones of this isolate. */
const doorbells = new Set<InterruptingDoorbell>();

/** When one was closed last, in ms. The kernel tears down its io_uring later. */
let lastClosing = -Infinity;

/** How long the kernel may take for that, in ms. Mostly it takes some tens. */
const closingMilliseconds = 1000;

/** Takes the rings of `doorbell` into account. */
export function addInterruptingDoorbell(doorbell: InterruptingDoorbell): void {
  doorbells.add(doorbell);
}

/** `doorbell` is being closed. */
export function removeInterruptingDoorbell(doorbell: InterruptingDoorbell): void {
  doorbells.delete(doorbell);
  lastClosing = now();
}

/** Notes the doorbells that have rung. Returns whether any did that wasn't noted yet. */
export function takeUringInterruptions(): boolean {
  let any = false;
  for (const doorbell of doorbells) any = doorbell.takeRing() || any;
  return any;
}

/** Whether the kernel may be tearing down an io_uring, which interrupts system calls, too. */
export function isUringClosing(): boolean {
  return now() - lastClosing < closingMilliseconds;
}
