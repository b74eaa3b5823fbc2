/**
 * The objects that tests of a manager need. Each test gets its own, and they are closed after it.
 */

import { it } from "@std/testing/bdd";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { Fds } from "./fds.ts";
import { openManager } from "./managers.ts";
import { Barrier } from "./waits.ts";

/** Options of a test's manager. The suite sets the driver. */
export type FixtureOptions = Omit<EpollIOManagerOptions, "driver">;

type Body = (fixture: Fixture) => void | Promise<void>;

/** Registers a test that gets a fixture. */
export interface FixtureIt {
  (name: string, body: Body): void;
  (name: string, options: FixtureOptions, body: Body): void;
}

/**
 * Creates the objects that a test names in its parameter, such as `({ manager, fds })`, in that
 * order. Closes them in the opposite order, as `using` does.
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

  /** A manager that runs, whatever its driver is. */
  get manager(): EpollIOManager {
    return this.#manager ??= this.#made.use(openManager(this.#options.driver, this.#options));
  }

  /** A manager that the test has to run itself if its driver is `"manual"`. */
  get bareManager(): EpollIOManager {
    return this.#bareManager ??= this.#made.use(new EpollIOManager(this.#options));
  }

  /** A barrier that shows when `manager` has processed all events. */
  get barrier(): Barrier {
    const { manager } = this;
    return this.#barrier ??= this.#made.use(new Barrier(manager));
  }

  /** Descriptors, which are closed after the test. */
  get fds(): Fds {
    return this.#fds ??= this.#made.use(new Fds());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#made.disposeAsync();
  }
}

/** The `it` for the tests of one driver. */
export function fixtureIt(driver: EpollIOManagerOptions["driver"]): FixtureIt {
  return (name: string, ...rest: [Body] | [FixtureOptions, Body]) => {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    it(name, async () => {
      await using fixture = new Fixture({ ...options, driver });
      await body(fixture);
    });
  };
}
