/** Events with one kind of listener. */

import { inspect } from "node:util";
import type { IEvent } from "./types.ts";

/** Calls the listeners that were added with its {@linkcode Emitter.event}. */
export class Emitter<T> {
  #listeners: readonly ((event: T) => unknown)[] = [];

  /** Adds a listener. */
  readonly event: IEvent<T> = (listener) => {
    if (typeof listener !== "function") {
      throw new TypeError(`The listener must be a function, got ${inspect(listener)}`);
    }
    // A listener may be added more than once.
    const added = (event: T) => listener(event);
    this.#listeners = [...this.#listeners, added];
    return {
      dispose: () => {
        this.#listeners = this.#listeners.filter((other) => other !== added);
      },
    };
  };

  /** Calls all listeners. */
  fire(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }
}
