/** What goes wrong with a port, as npm's bindings tell it. */

/**
 * A port was closed while something was going on, which is canceled by that.
 *
 * @example
 * ```ts
 * import { BindingsError } from "@fdready/serialport";
 *
 * const error = new BindingsError("Canceled", { canceled: true });
 * console.log(error.message, error.canceled); // Canceled true
 * ```
 */
export class BindingsError extends Error {
  /** Whether it is the port's closing that ended the operation. */
  readonly canceled: boolean;

  /**
   * Made by ports; programs only catch it.
   *
   * @param message What went wrong.
   * @param options Whether the closing of the port did it.
   */
  constructor(message: string, options: { readonly canceled?: boolean } = {}) {
    super(message);
    this.name = "BindingsError";
    this.canceled = options.canceled ?? false;
  }
}
