/** Signals as wakeups. */

import { inspectLine } from "../ffi/checks.ts";
import { bindAsyncContext } from "../runtime/async_context.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { getBuiltinModule } from "../runtime/globals.ts";
import { currentRuntime, runtimes } from "../runtime/runtime.ts";
import { isWorkerThread } from "../sys/thread.ts";

/** An object that a signal can wake: a wakeup, an opened remote, or a manager. */
export type SignalTarget = { wake(): void } | { forceWakeup(): void };

/**
 * Wakes `target` whenever the process receives `signal`. The listener runs on the event loop of the
 * thread that calls this. A Worker that is blocked in `getEvents(Infinity)` can't run it, so let
 * the main thread wake the Worker. The listener doesn't keep the process alive.
 *
 * In Deno this also works in a Worker. In Bun and Node it works on the main thread only, because
 * they call no signal listeners in Workers.
 *
 * Prefer `SIGUSR2` to `SIGUSR1`: from half a second after the start, `SIGUSR1` opens the debugger
 * of Deno 2.9.2 or later, even if the program listens for the signal.
 *
 * @param signal The signal's name, for example `"SIGUSR2"`.
 * @param target A {@linkcode Wakeup}, a {@linkcode RemoteWakeup} or an {@linkcode EpollIOManager}.
 * @returns An object to dispose of, which stops listening. A signal already in flight then takes
 * its default action, which usually ends the process.
 * @throws {TypeError} If there is no such signal, if it can't be caught (`SIGKILL`, `SIGSTOP`), or
 * if `target` has neither `wake()` nor `forceWakeup()`.
 * @throws {UnsupportedPlatformError} In a Worker of Bun or Node.
 *
 * @example Waking a manager
 * ```ts
 * import { EpollIOManager, wakeOnSignal } from "@fdready/fdready";
 * import { assertEquals } from "@std/assert";
 * import process from "node:process";
 *
 * await using manager = new EpollIOManager();
 * using _listener = wakeOnSignal("SIGUSR2", manager);
 * const woken = manager.waitWakeup();
 * process.kill(process.pid, "SIGUSR2");
 * await woken;
 * assertEquals(manager.statistics().wakeups, 1);
 * ```
 */
export function wakeOnSignal(signal: string, target: SignalTarget): Disposable {
  const { constants } = getBuiltinModule("node:os") as { constants: { signals: object } };
  if (!Object.hasOwn(constants.signals, signal)) {
    throw new TypeError(`Cannot listen for ${inspectLine(signal)}: expected a signal's name`);
  }
  if (signal === "SIGKILL" || signal === "SIGSTOP") {
    throw new TypeError(`Cannot listen for ${signal}: no program can catch it`);
  }
  const wake = toWake(target);
  const { title, hasSignalsInWorkers } = runtimes[currentRuntime()];
  if (!hasSignalsInWorkers && isWorkerThread()) {
    throw new UnsupportedPlatformError(
      `Cannot listen for ${signal} in a ${title} Worker: call wakeOnSignal() on the main thread, ` +
        "with a remote that openWakeup() makes from a handle of this Worker",
    );
  }
  const listener = bindAsyncContext<unknown>(wake);
  const process = getBuiltinModule("node:process") as Process;
  process.on(signal, listener);
  return { [Symbol.dispose]: () => void process.off(signal, listener) };
}

/** The part of `node:process` that is used here. */
interface Process {
  on(signal: string, listener: (signal: unknown) => void): void;
  off(signal: string, listener: (signal: unknown) => void): void;
}

function toWake(target: SignalTarget): () => void {
  const { wake, forceWakeup } = (target ?? {}) as { wake?: unknown; forceWakeup?: unknown };
  if (typeof wake === "function") return () => wake.call(target);
  if (typeof forceWakeup === "function") return () => forceWakeup.call(target);
  throw new TypeError(
    `Cannot wake ${inspectLine(target)}: expected an object with wake() or forceWakeup()`,
  );
}
