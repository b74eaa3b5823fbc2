/** What `deno task bench` measures, whoever holds the clock: Deno.bench or mitata. */

export interface Micro {
  readonly group: string;
  readonly name: string;
  /** Whether the others in the group are compared with this one. */
  readonly baseline?: boolean;
  /** Called before each call of `body`, outside the time that is taken. */
  readonly prepare?: () => void;
  /** If it returns a promise it must be an async function, or Deno.bench takes it for a plain one. */
  readonly body: () => void | Promise<void>;
}
