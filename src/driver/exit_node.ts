/** The end of Node's event loop, which on the main thread is the end of the process. */

import { getBuiltinModule, setImmediate } from "../runtime/globals.ts";

/** The part of `node:process` that is used here. */
interface Process {
  /**
   * Whether "exit" has ever been emitted by Node. Not documented. Also true for listeners that come
   * before the one here.
   */
  readonly _exiting?: boolean;
  listenerCount(event: "exit", listener: () => void): number;
  prependListener(event: "exit", listener: () => void): void;
}

/** An object that is notified of the end. */
export interface ExitListener {
  onExit(): void;
  /** The event loop continues, for example because a listener of "exit" has thrown. */
  onExitCancelled(): void;
}

/** All have one listener together, because Node warns of a leak from the eleventh on. */
const listeners = new Set<ExitListener>();

/** Whether the last end was cancelled. */
let isCancelled = false;

function getProcess(): Process {
  return getBuiltinModule("node:process") as Process;
}

/** Whether the end has begun. The event loop makes no more callbacks. */
export function isExiting(): boolean {
  return !isCancelled && hasEmittedExit();
}

function hasEmittedExit(): boolean {
  return getProcess()._exiting === true;
}

/** Notifies `listener` of the end. */
export function addExitListener(listener: ExitListener): void {
  listeners.add(listener);
  const process = getProcess();
  // The program may have removed it.
  if (process.listenerCount("exit", notifyAll) > 0) return;
  // Before those of the program: one that throws or exits keeps Node from calling the next.
  process.prependListener("exit", notifyAll);
  // It doesn't know yet whether that end is cancelled.
  if (hasEmittedExit()) setImmediate(cancelAll);
}

/** Notifies `listener` no longer. */
export function removeExitListener(listener: ExitListener): void {
  listeners.delete(listener);
}

function notifyAll(): void {
  // Tests emit "exit" themselves.
  if (!hasEmittedExit()) return;
  isCancelled = false;
  for (const listener of listeners) {
    try {
      listener.onExit();
    } catch {
      // Other code has closed a descriptor, and the process ends anyway.
    }
  }
  // If the process ends, no callback is made any more.
  setImmediate(cancelAll);
}

function cancelAll(): void {
  isCancelled = true;
  for (const listener of listeners) listener.onExitCancelled();
}
