/**
 * Async contexts: the values of `AsyncLocalStorage`. Callbacks that are kept run in the context
 * that they were given in. Otherwise one request of a server would see the values of another.
 */

import { getBuiltinModule } from "./globals.ts";
import { currentRuntime, type RuntimeName } from "./runtime.ts";

/** Returns a function that calls `callback` in the present context. */
type Bind = <T>(callback: (value: T) => void) => (value: T) => void;

/** Runtimes with a cheaper way than `AsyncResource`. */
const binds: Readonly<Partial<Record<RuntimeName, Bind>>> = { deno: bindInDeno };

/**
 * Returns a function that calls `callback` in the present context, wherever it is called itself.
 */
export function bindAsyncContext<T>(callback: (value: T) => void): (value: T) => void {
  return (binds[currentRuntime()] ?? bindWithResource)(callback);
}

/** Captures the context in which it is created. */
interface AsyncResource {
  runInAsyncScope<T>(callback: (value: T) => void, self: undefined, value: T): void;
}

interface AsyncHooks {
  readonly AsyncResource: new (type: string) => AsyncResource;
}

/**
 * A call takes 2 ns in Bun and 6 ns in Node; one of a function from `AsyncLocalStorage.bind` takes
 * 8 and 74 ns. Loading the module takes 1 ms in Bun, so it happens at the first use.
 */
function bindWithResource<T>(callback: (value: T) => void): (value: T) => void {
  const { AsyncResource } = getBuiltinModule("node:async_hooks") as AsyncHooks;
  const resource = new AsyncResource("fdready");
  return (value) => resource.runInAsyncScope(callback, undefined, value);
}

/** The part of Deno's internal functions that is used here. */
interface DenoCore {
  getAsyncContext?(): unknown;
  setAsyncContext?(context: unknown): void;
}

/**
 * With Deno's internal functions a call takes 2 ns. `node:async_hooks` is slower, and its first use
 * loads `node:process`, which takes 12 ms.
 */
function bindInDeno<T>(callback: (value: T) => void): (value: T) => void {
  const { getAsyncContext, setAsyncContext } = denoCore();
  if (getAsyncContext === undefined || setAsyncContext === undefined) {
    return bindWithResource(callback);
  }
  const own = getAsyncContext();
  return (value) => {
    const current = getAsyncContext();
    if (current === own) return callback(value);
    setAsyncContext(own);
    try {
      callback(value);
    } finally {
      setAsyncContext(current);
    }
  };
}

function denoCore(): DenoCore {
  const { Deno } = globalThis as unknown as { Deno: Record<symbol, { core?: DenoCore }> };
  const { internal } = Deno as unknown as { internal?: symbol };
  return (internal === undefined ? undefined : Deno[internal]?.core) ?? {};
}
