/** Runs a manager during a stress run. */

import { clearTimeout, setTimeout } from "node:timers";
import type { EpollIOManager, EventList } from "../../mod.ts";
import { turn } from "../support/event_loop.ts";

export interface Runner {
  /** Does a part of the pending work, within a step. */
  takePart(): void | Promise<void>;
  /** Does all pending work. */
  takeTurn(): Promise<void>;
  /** Resolves when one of `promises` has, after `milliseconds`, or earlier. */
  waitFor(promises: readonly Promise<void>[], milliseconds: number): Promise<void>;
  /** Gives the manager time to go to sleep, if it sleeps. */
  rest(): Promise<void>;
}

/** Creates the runner of `manager`. */
export function createRunner(manager: EpollIOManager): Runner {
  return manager.statistics().driver === "manual" ? new Pump(manager) : eventLoop;
}

/** The runner of managers whose driver uses the event loop. */
const eventLoop: Runner = {
  takePart: () => {},
  takeTurn: turn,
  async waitFor(promises, milliseconds) {
    const expired = Promise.withResolvers<void>();
    const timer = setTimeout(expired.resolve, milliseconds);
    await Promise.race([...promises, expired.promise]);
    clearTimeout(timer);
  },
  async rest() {
    // One turn for a poll that finds nothing, one to arm the doorbell, and two for the doorbell
    // itself.
    for (let count = 0; count < 4; count++) await turn();
  },
};

/** The runner of a manual manager: gets events in one operation, and processes them in another. */
class Pump implements Runner {
  readonly #manager: EpollIOManager;
  #events: EventList | undefined;

  constructor(manager: EpollIOManager) {
    this.#manager = manager;
  }

  async takePart(): Promise<void> {
    if (this.#events === undefined) {
      this.#events = this.#manager.getEvents(0);
    } else {
      this.#manager.processEvents(this.#events);
      this.#events = undefined;
    }
    // Reactions have to run before the next operation.
    await turn();
  }

  async takeTurn(): Promise<void> {
    if (this.#events !== undefined) await this.takePart();
    for (let rounds = 0;; rounds++) {
      const events = this.#manager.getEvents(0);
      if (events.length === 0) break;
      if (rounds > 100) throw new Error("There are events without end");
      this.#manager.processEvents(events);
    }
    await turn();
  }

  waitFor(): Promise<void> {
    return this.takeTurn();
  }

  rest(): Promise<void> {
    return turn();
  }
}
