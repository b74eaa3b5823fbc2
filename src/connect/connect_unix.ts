/** Connections to Unix sockets. */

import type { PathLike } from "../ffi/paths.ts";
import type { WaitOptions } from "../manager/options.ts";
import { unixAddress } from "../os/address.ts";
import { connectTo } from "./connect_to.ts";
import { checkConnectOptions } from "./options.ts";

/**
 * Connects to a Unix stream socket. If it has no room for another connection, this waits until
 * there is some.
 *
 * @param path The path as a string or bytes, or a NUL and an abstract name. The path or name has at
 * most 107 bytes.
 * @param options A signal to cancel it, and whether waiting keeps the process alive.
 * @returns A promise that resolves to the descriptor, nonblocking and close-on-exec. Close it when
 * you no longer need it.
 * @throws {SystemError} As connect(2), with the path: `ENOENT` if it doesn't exist, `ECONNREFUSED`
 * if no program listens on it, `EACCES`.
 * @throws {TypeError} If the path is neither a string nor bytes, is empty, or has a NUL or a lone
 * surrogate, or an option has the wrong type.
 * @throws {RangeError} If the path is too long.
 *
 * @example Connect and read
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { connectUnix, FdStream } from "@fdready/fdready";
 * import { accept, close, listenUnix, write } from "@fdready/fdready/os";
 *
 * const name = `\0example-${crypto.randomUUID()}`;
 * const listener = listenUnix(name);
 * using stream = new FdStream(await connectUnix(name));
 * const connection = accept(listener)!;
 * write(connection, new TextEncoder().encode("hello"));
 * assertEquals(await stream.read(new Uint8Array(64)), 5);
 * for (const fd of [connection, listener]) close(fd);
 * ```
 */
export async function connectUnix(path: PathLike, options: WaitOptions = {}): Promise<number> {
  const checked = checkConnectOptions(options);
  return await connectTo(unixAddress(path), checked);
}
