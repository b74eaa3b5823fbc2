/**
 * Unix sockets that pass descriptors, for Deno, Bun and Node on Linux, with the API of npm's
 * `usocket`, but without a native addon. `dbus-next`, `dbus-native` and `x11` can use them too.
 *
 * @example Pass a pipe
 * ```ts
 * import { USocket } from "@fdready/usocket";
 * import { close, pipe, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * const [a, b] = socketpair().map((fd) => new USocket({ fd }));
 * const [reader, writer] = pipe();
 * a!.end({ data: "a pipe", fds: [reader] });
 *
 * await once(b!, "readable");
 * const { data, fds } = b!.read(6, 1)!;
 * assertEquals(String(data), "a pipe");
 *
 * b!.end();
 * for (const fd of [reader, writer, ...fds]) close(fd);
 * ```
 *
 * @module
 */

export type { UChunk, UMessage } from "./src/outgoing.ts";
export type { Callback, PeerCredentials, UData, USocketOptions } from "./src/types.ts";
export { UServer, type UServerOptions } from "./src/userver.ts";
export { USocket } from "./src/usocket.ts";
export { type DBusAddress, DBusStream, dbusStream } from "./src/dbus_stream.ts";
export { type X11Display, X11Stream, x11Stream } from "./src/x11_stream.ts";
