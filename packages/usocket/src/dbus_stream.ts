/** A stream for npm's dbus-native. */

import { inspect } from "node:util";
import { closingWithPeer } from "./closing_with_peer.ts";
import { closeAll } from "./received_fds.ts";
import type { USocketOptions } from "./types.ts";
import { USocket } from "./usocket.ts";

/** The address of a bus. */
export interface DBusAddress extends Omit<USocketOptions, "path" | "fd"> {
  /**
   * The bus's address, such as `"unix:path=/run/dbus/system_bus_socket"`. If it is a list, the
   * first Unix socket is used.
   */
  readonly busAddress: string;
}

/**
 * A {@linkcode USocket} for `dbus-native`, which sends and receives descriptors. It closes when the
 * bus closes the connection, unless `allowHalfOpen` is `true`.
 *
 * Received descriptors go to the listeners of `"fds"`, such as dbus-native, which have to close
 * them. While there is no listener, descriptors are closed, because a bus sends none before
 * dbus-native asks for them.
 *
 * @example Send a descriptor
 * ```ts
 * import { DBusStream } from "@fdready/usocket";
 * import { waitReadable } from "@fdready/fdready";
 * import { close, recvmsg, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [fd, bus] = socketpair();
 * const stream = new DBusStream({ fd });
 * stream.writeWithFds(new Uint8Array(4), [bus]);
 * await waitReadable(bus);
 * const received = recvmsg(bus, new Uint8Array(4), { maxFds: 1 });
 * assertEquals(received?.fds.length, 1);
 * stream.destroy();
 * for (const fd of [bus, ...received!.fds]) close(fd);
 * ```
 */
export class DBusStream extends USocket {
  /**
   * Created by {@linkcode dbusStream}.
   *
   * @param options The path or descriptor to connect to.
   */
  constructor(options: USocketOptions | string) {
    super(closingWithPeer(options));
    this.on("fds", ({ length }: number[]) => {
      const fds = this.takeFds(length);
      if (this.listenerCount("fds") === 1) closeAll(fds);
    });
  }

  /**
   * Sends a message with its descriptors. You may close the descriptors at once.
   *
   * @param data The message.
   * @param fds The descriptors.
   * @returns `false` if you should wait for `"drain"` before you write more.
   */
  writeWithFds(data: Uint8Array, fds: readonly number[]): boolean {
    return this.write({ data, fds });
  }

  /**
   * Closes received descriptors. When a connection ends, `dbus-native` (0.16) passes those that
   * belong to no complete message.
   *
   * @param fds The descriptors.
   */
  closeFds(fds: readonly number[]): void {
    closeAll(fds);
  }
}

/**
 * Creates the `stream` for dbus-native's `createClient({ stream })`, which lets dbus-native send
 * and receive descriptors.
 *
 * @param bus The bus's address, as in `DBUS_SESSION_BUS_ADDRESS`; the path of its socket; or an
 * object with one of them, or with the `fd` of a socket.
 * @returns The stream. If it can't connect, it emits `"error"`, and dbus-native emits it too.
 * @throws {TypeError} If the address has no Unix socket, or is missing, for example because the
 * environment variable isn't set.
 * @throws {URIError} If its escaped bytes aren't UTF-8.
 *
 * @example Connect to a bus
 * ```ts
 * import { dbusStream } from "@fdready/usocket";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * const address = "unix:path=/nonexistent,guid=0123456789abcdef;tcp:host=localhost,port=1";
 * const stream = dbusStream(address);
 * // const bus = dbus.createClient({ stream });
 * const [error] = await once(stream, "error");
 * assertEquals([error.code, error.address], ["ENOENT", "/nonexistent"]);
 * ```
 */
export function dbusStream(bus: string | DBusAddress | USocketOptions): DBusStream {
  if (typeof bus === "string") {
    return new DBusStream({ path: /^[\0/]/.test(bus) ? bus : findPath(bus) });
  }
  if (typeof bus !== "object" || bus === null) {
    throw new TypeError(
      `Expected a bus address, a path or an object with an fd, got ${inspect(bus)}`,
    );
  }
  if (!("busAddress" in bus)) return new DBusStream(bus);
  const { busAddress, ...options } = bus;
  return new DBusStream({ ...options, path: findPath(busAddress) });
}

/** The path in a D-Bus address, https://dbus.freedesktop.org/doc/dbus-specification.html#addresses */
function findPath(busAddress: string): string {
  for (const address of String(busAddress).split(";")) {
    const [transport, parameters] = splitAt(":", address);
    if (transport !== "unix") continue;
    for (const parameter of parameters.split(",")) {
      const [key, value] = splitAt("=", parameter);
      if (key === "path") return decodeURIComponent(value);
      if (key === "abstract") return `\0${decodeURIComponent(value)}`;
    }
  }
  throw new TypeError(`The bus address has no Unix socket: ${JSON.stringify(busAddress)}`);
}

/** Splits `text` at the first `separator`. */
function splitAt(separator: string, text: string): [before: string, after: string] {
  const [before = "", ...rest] = text.split(separator);
  return [before, rest.join(separator)];
}
