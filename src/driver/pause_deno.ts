/** Pauses between turns in Deno. */

import { setImmediate } from "../runtime/globals.ts";
import type { PauseKind } from "./pause_kind.ts";

/**
 * Deno's event loop is a task of tokio, which looks at sockets when it has nothing else to do, but
 * at the latest after so many steps of its tasks (`event_interval` in tokio's runtime::Builder).
 */
const turnsBetweenLooks = 61;

/** Empty turns take a tenth of a millisecond. A timer would take one or two. */
function runEmptyTurns(turns: number, resume: () => void): void {
  if (turns === 0) return resume();
  setImmediate(() => runEmptyTurns(turns - 1, resume));
}

export const pauseInDeno: PauseKind = {
  sufficientTurns: turnsBetweenLooks,
  start: (resume) => runEmptyTurns(turnsBetweenLooks, resume),
};
