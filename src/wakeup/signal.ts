/** Signals as wakeups. */

import os from "node:os";
import process from "node:process";

/** What a signal can wake: a wakeup, an opened remote, or a manager. */
export type SignalTarget = { wake(): void } | { forceWakeup(): void };

/**
 * Wakes `target` whenever the process gets `signal`. It is how a Worker that is blocked in
 * `getEvents(Infinity)` learns of one: listeners of signals run on the main thread's event loop
 * alone. The listener doesn't keep the process alive.
 *
 * @param signal The signal's name, for example `"SIGUSR1"`.
 * @param target A {@linkcode Wakeup}, a {@linkcode RemoteWakeup} or an {@linkcode EpollIOManager}.
 * @returns Something to dispose of when the signal is to have its former effect again.
 * @throws {TypeError} If there is no such signal, if it can't be caught (`SIGKILL`, `SIGSTOP`), or
 * if `target` can't be woken.
 *
 * @example
 * ```ts
 * import { EpollIOManager, wakeOnSignal } from "@fdready/fdready";
 * import process from "node:process";
 *
 * await using manager = new EpollIOManager();
 * using _listener = wakeOnSignal("SIGUSR1", manager);
 * const woken = manager.waitWakeup();
 * process.kill(process.pid, "SIGUSR1");
 * await woken;
 * ```
 */
export function wakeOnSignal(signal: string, target: SignalTarget): Disposable {
  if (!(signal in os.constants.signals)) {
    throw new TypeError(`There is no signal named ${JSON.stringify(signal) ?? String(signal)}`);
  }
  if (signal === "SIGKILL" || signal === "SIGSTOP") {
    throw new TypeError(`${signal} can't be caught`);
  }
  const listener = wakerOf(target);
  process.on(signal, listener);
  return { [Symbol.dispose]: () => void process.off(signal, listener) };
}

function wakerOf(target: SignalTarget): () => void {
  if ("wake" in target && typeof target.wake === "function") return () => target.wake();
  if ("forceWakeup" in target && typeof target.forceWakeup === "function") {
    return () => target.forceWakeup();
  }
  throw new TypeError("wakeOnSignal() takes something with a wake() or forceWakeup() method");
}
