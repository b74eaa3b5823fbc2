/**
 * Unix sockets that pass descriptors, for Deno and Bun on Linux, with the API of npm's `usocket`,
 * but without a native addon. `dbus-next`, `dbus-native` and `x11` can use them too.
 *
 * @example
 * ```ts
 * import { USocket } from "@fdready/usocket";
 * import { close, pipe, socketpair } from "@fdready/fdready/os";
 * import { once } from "node:events";
 *
 * const [one, other] = socketpair().map((fd) => new USocket({ fd }));
 * const [from, to] = pipe();
 * one!.end({ data: "a pipe", fds: [from] });
 *
 * await once(other!, "readable");
 * const { data, fds } = other!.read(6, 1)!;
 * console.log(String(data), fds.length); // a pipe 1
 *
 * other!.end();
 * for (const fd of [from, to, ...fds]) close(fd);
 * ```
 *
 * @module
 */

export type { UChunk, UMessage } from "./src/outgoing.ts";
export { UServer, type UServerOptions } from "./src/userver.ts";
export {
  type Callback,
  type PeerCredentials,
  type UData,
  USocket,
  type USocketOptions,
} from "./src/usocket.ts";
export { type DBusAddress, DBusStream, dbusStream } from "./src/dbus_stream.ts";
export { type X11Display, X11Stream, x11Stream } from "./src/x11_stream.ts";
