/**
 * Modules that are loaded again into the same isolate. Bun's `--hot` does that, and earlier loads
 * of the module with the default manager may live on.
 */

import type { ManagerCore } from "./manager_core.ts";

/** The default managers of earlier loads, as long as they have waits. */
type PreviousCores = Set<WeakRef<ManagerCore>>;

/** The default manager of one load. */
export interface LoadedManager {
  /** Closes the manager, if there is one. */
  close(): void;
  /** Drops the manager, and returns it. The garbage collector closes it once nothing waits. */
  drop(): ManagerCore | undefined;
}

/** One load of the module with the default manager. */
export class ModuleLoad {
  readonly #slot: symbol;
  readonly #manager: LoadedManager;
  #previous: PreviousCores | undefined;

  /** `url` is the URL of the module. */
  constructor(url: string, manager: LoadedManager) {
    this.#slot = Symbol.for(`fdready: drop the default manager of ${url}`);
    this.#manager = manager;
  }

  /**
   * Makes the load before this one drop its manager, and the next load do so with this one's.
   * Closes the manager when the isolate ends: in Deno, a test file or a reload with `--watch` ends
   * the isolate but not the process. Idempotent.
   */
  register(): void {
    if (this.#previous !== undefined) return;
    const dropPrevious: unknown = Reflect.get(globalThis, this.#slot);
    const previous: PreviousCores = typeof dropPrevious === "function" ? dropPrevious() : new Set();
    this.#previous = previous;
    globalThis.addEventListener?.("unload", () => this.#manager.close());
    Reflect.set(globalThis, this.#slot, () => {
      const core = this.#manager.drop();
      if (core !== undefined) previous.add(new WeakRef(core));
      return previous;
    });
  }

  /** The managers of earlier loads that still exist. None before this load has registered. */
  *previousCores(): Iterable<ManagerCore> {
    for (const reference of this.#previous ?? []) {
      const core = reference.deref();
      if (core === undefined) this.#previous?.delete(reference);
      else yield core;
    }
  }
}
