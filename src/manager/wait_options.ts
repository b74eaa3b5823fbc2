/** How waits can be cut short, and what they are for. */

import { checkBoolean } from "../ffi/numbers.ts";
import type { Interest } from "./readiness.ts";

/** How a wait can be cut short. */
export interface WaitOptions {
  /** Ends the wait when it aborts; the wait then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Whether the pending wait keeps the process alive.
   *
   * @default {true}
   */
  readonly ref?: boolean;
}

/** What `waitReady` waits for, and for how long. */
export interface WaitReadyOptions extends WaitOptions, Interest {
  /** How long to wait at most, in ms, up to about 25 days. Without it, the wait has no limit. */
  readonly timeout?: number;
}

/** Whether a wait with that option keeps the process alive. */
export function holds(ref: boolean | undefined): boolean {
  return ref === undefined || checkBoolean("option ref", ref);
}
