/** What a runtime's pauses are. */

/** What a pause is on a runtime that needs them. */
export interface PauseKind {
  /** The event loop needs no pause after so many turns in a row. */
  readonly sufficientTurns: number;
  /** Calls `resume` once the event loop has done everything else. */
  start(resume: () => void): void;
}
