/** The end of Node's event loop, which on the main thread is the end of the process. */

import { runtimeProcess } from "../runtime/globals.ts";

/** The part of `process` that is used here. */
interface Process {
  /** Not documented. Also true for listeners of "exit" that come before the one here. */
  readonly _exiting?: boolean;
  on(event: "exit", listener: () => void): void;
}

/** An object that is notified of the end. */
export interface ExitListener {
  onExit(): void;
}

/** All have one listener together, because Node warns of a leak from the eleventh on. */
const listeners = new Set<ExitListener>();
let isListening = false;

function getProcess(): Process {
  return runtimeProcess();
}

/** Whether the end has begun. The event loop makes no more callbacks. */
export function isExiting(): boolean {
  return getProcess()._exiting === true;
}

/** Notifies `listener` of the end. */
export function addExitListener(listener: ExitListener): void {
  listeners.add(listener);
  if (isListening) return;
  isListening = true;
  getProcess().on("exit", () => {
    for (const listener of listeners) listener.onExit();
  });
}

/** Notifies `listener` no longer. */
export function removeExitListener(listener: ExitListener): void {
  listeners.delete(listener);
}
