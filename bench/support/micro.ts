/** The benchmarks of `deno task bench`, for Deno.bench and mitata. */

export interface Micro {
  readonly group: string;
  readonly name: string;
  /** Whether the others in the group are compared with this one. */
  readonly baseline?: boolean;
  /** Called before each call of `body`, outside the measured time. */
  readonly prepare?: () => void;
  /**
   * A body that returns a promise must be an async function. Otherwise Deno.bench treats it as
   * synchronous.
   */
  readonly body: () => void | Promise<void>;
}
