/** What the tests of a manager need, made and closed for each of them. */

import { it } from "@std/testing/bdd";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { Fds } from "./fds.ts";
import { openManager } from "./managers.ts";
import { Barrier } from "./waits.ts";

/** Options of the managers of a test; the driver is the suite's. */
export type FixtureOptions = Omit<EpollIOManagerOptions, "driver">;

type Body = (fixture: Fixture) => void | Promise<void>;

/** Registers a test that is given a fixture of its own. */
export interface FixtureIt {
  (name: string, body: Body): void;
  (name: string, options: FixtureOptions, body: Body): void;
}

/**
 * Makes what a test names in its parameter, `({ manager, fds })`, in that order, and nothing else;
 * closes it in the opposite order, as `using` does.
 */
export class Fixture implements AsyncDisposable {
  readonly #options: EpollIOManagerOptions;
  readonly #made = new AsyncDisposableStack();
  #manager: EpollIOManager | undefined;
  #bareManager: EpollIOManager | undefined;
  #barrier: Barrier | undefined;
  #fds: Fds | undefined;

  constructor(options: EpollIOManagerOptions) {
    this.#options = options;
  }

  /** A manager that runs, whatever its driver. */
  get manager(): EpollIOManager {
    return this.#manager ??= this.#made.use(openManager(this.#options.driver, this.#options));
  }

  /** A manager that runs only if its driver does so by itself: a `"manual"` one is for the test to run. */
  get bareManager(): EpollIOManager {
    return this.#bareManager ??= this.#made.use(new EpollIOManager(this.#options));
  }

  /** Tells when `manager` has processed all events that there are. */
  get barrier(): Barrier {
    const { manager } = this;
    return this.#barrier ??= this.#made.use(new Barrier(manager));
  }

  /** Closes the test's descriptors. */
  get fds(): Fds {
    return this.#fds ??= this.#made.use(new Fds());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#made.disposeAsync();
  }
}

/** `it` for the tests of one driver. */
export function fixtureIt(driver: EpollIOManagerOptions["driver"]): FixtureIt {
  return (name: string, ...rest: [Body] | [FixtureOptions, Body]) => {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    it(name, async () => {
      await using fixture = new Fixture({ ...options, driver });
      await body(fixture);
    });
  };
}
