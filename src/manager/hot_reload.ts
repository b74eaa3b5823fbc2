/**
 * Modules that are loaded again into the same isolate. Bun's `--hot` does that, and earlier copies of
 * this module may live on.
 */

import type { ManagerCore } from "./manager_core.ts";

/** The default managers of earlier loads, as long as they have waits. */
export type PreviousLoads = Set<WeakRef<ManagerCore>>;

/**
 * Registers this load and returns the earlier ones.
 *
 * @param url The URL of the module with the default manager.
 * @param drop Drops the default manager, and returns it, when the next load registers. The garbage
 * collector closes the manager once nothing waits.
 */
export function registerLoad(url: string, drop: () => ManagerCore | undefined): PreviousLoads {
  const slot = Symbol.for(`fdready: drop the default manager of ${url}`);
  const dropPrevious: unknown = Reflect.get(globalThis, slot);
  const previous: PreviousLoads = typeof dropPrevious === "function" ? dropPrevious() : new Set();
  Reflect.set(globalThis, slot, () => {
    const core = drop();
    if (core !== undefined) previous.add(new WeakRef(core));
    return previous;
  });
  return previous;
}

/** The managers of `previous` that still exist. */
export function* livingCores(previous: PreviousLoads): Iterable<ManagerCore> {
  for (const reference of previous) {
    const core = reference.deref();
    if (core === undefined) previous.delete(reference);
    else yield core;
  }
}
