/** How a manager gets its turns during a stress run, by itself or from here. */

import { clearTimeout, setTimeout } from "node:timers";
import type { EpollIOManager, EventList } from "../../mod.ts";
import { turn } from "../support/event_loop.ts";

export interface Runner {
  /** Lets a part of the work be done in the middle of a step. */
  takePart(): void | Promise<void>;
  /** Lets all be done that there is to do now. */
  takeTurn(): Promise<void>;
  /** Resolves when one of `promises` has, or after `milliseconds`; or earlier, to be asked again. */
  waitFor(promises: readonly Promise<void>[], milliseconds: number): Promise<void>;
  /** Lets the manager go to sleep, if it sleeps. */
  rest(): Promise<void>;
}

/** The runner for `manager`. */
export function runnerOf(manager: EpollIOManager): Runner {
  return manager.statistics().driver === "manual" ? new Pump(manager) : eventLoop;
}

/** For managers whose driver is run by the event loop. */
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
    // One turn to poll in vain, one to arm the doorbell, and as many for the doorbell itself.
    for (let count = 0; count < 4; count++) await turn();
  },
};

/** For a manual one: harvests in one operation, and processes in another. */
class Pump implements Runner {
  readonly #manager: EpollIOManager;
  #harvest: EventList | undefined;

  constructor(manager: EpollIOManager) {
    this.#manager = manager;
  }

  async takePart(): Promise<void> {
    if (this.#harvest === undefined) {
      this.#harvest = this.#manager.getEvents(0);
    } else {
      this.#manager.processEvents(this.#harvest);
      this.#harvest = undefined;
    }
    // For what has been settled to be heard of before the next operation.
    await turn();
  }

  async takeTurn(): Promise<void> {
    if (this.#harvest !== undefined) await this.takePart();
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
