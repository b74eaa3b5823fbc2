/** Options of new connections. */

import { checkBoolean, checkObject, inspectLine } from "../ffi/checks.ts";
import type { WaitOptions } from "../manager/options.ts";

/** How {@linkcode connectTcp} connects. */
export interface ConnectTcpOptions extends WaitOptions {
  /**
   * Whether small writes are sent at once. Otherwise a write that doesn't fill a packet waits until
   * the peer has acknowledged the previous one (Nagle's algorithm), which peers delay by up to
   * 40 ms.
   *
   * @default {false}
   */
  readonly noDelay?: boolean | undefined;
}

/** Throws unless `options` can be used. */
export function checkConnectOptions(options: WaitOptions): WaitOptions {
  const { signal, ref } = checkObject("options", options);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`The option signal must be an AbortSignal, got ${inspectLine(signal)}`);
  }
  if (ref !== undefined) checkBoolean("option ref", ref);
  return { ...(signal === undefined ? {} : { signal }), ...(ref === undefined ? {} : { ref }) };
}
