/** The function of npm's `unix-dgram`. */

import type { Buffer } from "node:buffer";
import type { RemoteInfo as UdpRemoteInfo, Socket, SocketType } from "node:dgram";
import process from "node:process";
import { inspect } from "node:util";
import type { MessageListener, UnixDgramOptions } from "./types.ts";
import { UnixDgramSocket } from "./unix_dgram_socket.ts";

type Listener = MessageListener | ((data: Buffer, remote: UdpRemoteInfo) => void);

/**
 * Creates a socket, like the function in npm's `unix-dgram`.
 *
 * @param type `"unix_dgram"`. For `"udp4"` and `"udp6"`, it returns a socket from `node:dgram`.
 * @param options The options, which npm's package doesn't have.
 * @param listener Added as a listener for `"message"`.
 * @returns The socket.
 * @throws {Error} If the type is another one.
 * @throws {UnixDgramError} `EMFILE` or `ENFILE`, if the process can't open more descriptors.
 *
 * @example Send a datagram
 * ```ts
 * import { createSocket } from "@fdready/unix-dgram";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * const server = createSocket("unix_dgram", (data) => {
 *   assertEquals(String(data), "ping");
 *   server.close();
 * });
 * server.bind(path);
 *
 * const message = new TextEncoder().encode("ping");
 * const client = createSocket("unix_dgram");
 * client.send(message, 0, message.length, path, () => client.close());
 * ```
 */
export function createSocket(
  type: "unix_dgram",
  options?: UnixDgramOptions | MessageListener | undefined,
  listener?: MessageListener | undefined,
): UnixDgramSocket;
/**
 * Creates a UDP socket with `node:dgram`.
 *
 * @param type `"udp4"` or `"udp6"`.
 * @param listener Added as a listener for `"message"`.
 * @returns The socket.
 *
 * @example Create a UDP socket
 * ```ts
 * import { createSocket } from "@fdready/unix-dgram";
 * import { assertEquals } from "@std/assert";
 *
 * const socket = createSocket("udp4");
 * socket.bind(0, "127.0.0.1", () => {
 *   assertEquals(socket.address().family, "IPv4");
 *   socket.close();
 * });
 * ```
 */
export function createSocket(
  type: SocketType,
  listener?: ((data: Buffer, remote: UdpRemoteInfo) => void) | undefined,
): Socket;
export function createSocket(
  type: "unix_dgram" | SocketType,
  optionsOrListener?: UnixDgramOptions | Listener,
  thirdListener?: Listener,
): UnixDgramSocket | Socket {
  const isListener = typeof optionsOrListener === "function";
  const listener = isListener ? optionsOrListener : thirdListener;
  if (type === "udp4" || type === "udp6") {
    // Loading it takes time that other programs don't need.
    const socket = process.getBuiltinModule("node:dgram").createSocket(type);
    if (typeof listener === "function") socket.on("message", listener);
    return socket;
  }
  if (type !== "unix_dgram") throw new Error(`Unsupported socket type: ${inspect(type)}`);
  const socket = new UnixDgramSocket(isListener ? {} : optionsOrListener ?? {});
  if (typeof listener === "function") socket.on("message", listener);
  return socket;
}
