/** The error for platforms that fdready can't use. */

/**
 * This module can't work here: this isn't Linux or a supported runtime, or there is no usable C
 * library.
 *
 * @example Doing without fdready where it can't work
 * ```ts
 * import { UnsupportedPlatformError, Wakeup } from "@fdready/fdready";
 * import { assert } from "@std/assert";
 *
 * let works = true;
 * try {
 *   new Wakeup().close();
 * } catch (error) {
 *   if (!(error instanceof UnsupportedPlatformError)) throw error;
 *   works = false;
 * }
 * assert(works); // here it can
 * ```
 */
export class UnsupportedPlatformError extends Error {
  /** `"UnsupportedPlatformError"` */
  override readonly name: string = "UnsupportedPlatformError";

  /** Called by this module. Programs only catch the error. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
