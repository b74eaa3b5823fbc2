/** Turns of the event loop between operations that need no wait. */

import { TurnPause } from "../driver/turn_pause.ts";
import { now, setImmediate } from "../runtime/globals.ts";

/** All streams of an isolate share the turns of its event loop. */
let pause: TurnPause | undefined;
let nextTurn: Promise<void> | undefined;

/**
 * Resolves in the next turn of the event loop. Now and then it pauses instead, until the event loop
 * has done everything else.
 */
export function untilNextTurn(): Promise<void> {
  return nextTurn ??= new Promise((resolve) => {
    begin(() => {
      nextTurn = undefined;
      resolve();
    });
  });
}

function begin(callback: () => void): void {
  pause ??= new TurnPause();
  const time = now();
  if (pause.isDueAt(time)) return pause.start(callback);
  pause.countTurn(time);
  setImmediate(callback);
}
