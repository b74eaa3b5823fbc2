/** What the platform lacks. */

/**
 * This module can't work here: this isn't Linux or a supported runtime, or there is no usable C
 * library.
 *
 * @example
 * ```ts
 * import { UnsupportedPlatformError, Wakeup } from "@fdready/fdready";
 *
 * try {
 *   new Wakeup().close();
 * } catch (error) {
 *   if (!(error instanceof UnsupportedPlatformError)) throw error;
 *   console.log("Doing without:", error.message);
 * }
 * ```
 */
export class UnsupportedPlatformError extends Error {
  /** `"UnsupportedPlatformError"` */
  override readonly name: string = "UnsupportedPlatformError";

  /** Made by this module; programs only catch it. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
