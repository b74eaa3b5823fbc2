/** Signals as wakeups. */

import { UnsupportedPlatformError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import { builtin } from "../ffi/runtime.ts";
import { show } from "../ffi/show.ts";
import { isWorkerThread } from "../ffi/thread.ts";

/** What a signal can wake: a wakeup, an opened remote, or a manager. */
export type SignalTarget = { wake(): void } | { forceWakeup(): void };

/**
 * Wakes `target` whenever the process gets `signal`. A listener runs on the event loop of its thread,
 * so a Worker that is blocked in `getEvents(Infinity)` doesn't hear of a signal by itself: have the main
 * thread wake it. The listener doesn't keep the process alive.
 *
 * In Deno this also works in a Worker, in Bun on the main thread alone, since Bun calls no listener of
 * a Worker.
 *
 * Deno, since 2.9.2, opens its debugger on `SIGUSR1`, though a program listens for it too, from half a
 * second after its start: prefer `SIGUSR2`.
 *
 * @param signal The signal's name, for example `"SIGUSR2"`.
 * @param target A {@linkcode Wakeup}, a {@linkcode RemoteWakeup} or an {@linkcode EpollIOManager}.
 * @returns An object to dispose of when the signal is to have its former effect again. A signal already
 * in flight then has it too, which for most of them is to end the process.
 * @throws {TypeError} If there is no such signal, if it can't be caught (`SIGKILL`, `SIGSTOP`), or
 * if `target` can't be woken.
 * @throws {UnsupportedPlatformError} In a Worker of Bun.
 *
 * @example
 * ```ts
 * import { EpollIOManager, wakeOnSignal } from "@fdready/fdready";
 * import process from "node:process";
 *
 * await using manager = new EpollIOManager();
 * using _listener = wakeOnSignal("SIGUSR2", manager);
 * const woken = manager.waitWakeup();
 * process.kill(process.pid, "SIGUSR2");
 * await woken;
 * ```
 */
export function wakeOnSignal(signal: string, target: SignalTarget): Disposable {
  const { constants } = builtin("node:os") as { constants: { signals: object } };
  if (!Object.hasOwn(constants.signals, signal)) {
    throw new TypeError(`There is no signal named ${show(signal)}`);
  }
  if (signal === "SIGKILL" || signal === "SIGSTOP") {
    throw new TypeError(`${signal} can't be caught`);
  }
  const listener = wakerOf(target);
  if (libc().runtime === "bun" && isWorkerThread()) {
    throw new UnsupportedPlatformError(
      "In Bun only the main thread hears of signals: call wakeOnSignal() there, " +
        "with what openWakeup() makes of a handle from the Worker",
    );
  }
  const process = builtin("node:process") as Process;
  process.on(signal, listener);
  return { [Symbol.dispose]: () => void process.off(signal, listener) };
}

/** As much of `node:process` as is used here. */
interface Process {
  on(signal: string, listener: () => void): void;
  off(signal: string, listener: () => void): void;
}

function wakerOf(target: SignalTarget): () => void {
  const { wake, forceWakeup } = (target ?? {}) as { wake?: unknown; forceWakeup?: unknown };
  if (typeof wake === "function") return () => wake.call(target);
  if (typeof forceWakeup === "function") return () => forceWakeup.call(target);
  throw new TypeError(
    `wakeOnSignal() takes something with wake() or forceWakeup(), got ${show(target)}`,
  );
}
