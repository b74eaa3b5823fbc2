/**
 * Unix datagram sockets for Deno, Bun and Node on Linux, with the API of npm's `unix-dgram`, but
 * without a native addon, and with promises.
 *
 * @example Send and receive
 * ```ts
 * import { UnixDgramSocket } from "@fdready/unix-dgram";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * using server = new UnixDgramSocket().bind(path);
 * using client = new UnixDgramSocket().connect(path);
 * await client.send("hello");
 * const { data } = await server.receive();
 * assertEquals(String(data), "hello");
 * ```
 *
 * @module
 */

import { createSocket } from "./src/create_socket.ts";

export { createSocket };
export { UnixDgramError, type UnixDgramErrorDetails } from "./src/errors.ts";
export { UnixDgramSocket } from "./src/unix_dgram_socket.ts";
export type * from "./src/types.ts";

/** The exports of npm's package, for `import unix from "unix-dgram"`. */
const unixDgram: { readonly createSocket: typeof createSocket } = { createSocket };
export default unixDgram;
