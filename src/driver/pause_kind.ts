/** How a runtime's event loop pauses between turns. */

/** The pauses of a runtime whose event loop needs them. */
export interface PauseKind {
  /** The event loop needs no pause after so many turns in a row. */
  readonly sufficientTurns: number;
  /** Calls `resume` once the event loop has done everything else. */
  start(resume: () => void): void;
}
