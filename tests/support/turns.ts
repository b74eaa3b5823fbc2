/** Watching the event loop. */

import { clearTimeout, setTimeout } from "node:timers";

/** Counts turns of the event loop, as timers see them: while it is blocked there are none. */
export class Turns implements Disposable {
  count = 0;
  #timer = setTimeout(() => this.#turn(), 0);

  #turn(): void {
    this.count++;
    this.#timer = setTimeout(() => this.#turn(), 0);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
