/** The options of streams that replace sockets of node:net. */

import type { USocketOptions } from "./types.ts";

/** Adds the default of node:net, which is to close when the peer does. */
export function closingWithPeer(options: USocketOptions | string): USocketOptions {
  const given: USocketOptions = typeof options === "string" ? { path: options } : options;
  return { ...given, allowHalfOpen: given.allowHalfOpen ?? false };
}
