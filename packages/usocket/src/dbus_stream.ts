/** A D-Bus connection for npm's dbus-native. */

import { inspect } from "node:util";
import { closeAll } from "./received_fds.ts";
import { USocket, type USocketOptions } from "./usocket.ts";

/** Where a bus is. */
export interface DBusAddress extends Omit<USocketOptions, "path" | "fd"> {
  /**
   * The bus's address, such as `"unix:path=/run/dbus/system_bus_socket"`. If it is a list, the
   * first Unix socket is used.
   */
  readonly busAddress: string;
}

/**
 * A {@linkcode USocket} through which `dbus-native` sends and receives descriptors.
 *
 * Descriptors that arrive go to the listeners of `"fds"`, such as dbus-native, which have to close
 * them. While there is no listener they are closed: a bus sends none before dbus-native asks for
 * them.
 *
 * @example
 * ```ts
 * import { DBusStream } from "@fdready/usocket";
 * import { close, socketpair } from "@fdready/fdready/os";
 *
 * const [fd, bus] = socketpair();
 * const stream = new DBusStream({ fd });
 * stream.writeWithFds(new Uint8Array(4), [bus]);
 * stream.destroy();
 * close(bus);
 * ```
 */
export class DBusStream extends USocket {
  /**
   * Made by {@linkcode dbusStream}.
   *
   * @param options What to connect to.
   */
  constructor(options: USocketOptions | string) {
    super(options);
    this.on("fds", (fds: number[]) => {
      const taken = this.takeFds(fds.length);
      if (this.listenerCount("fds") === 1) closeAll(taken);
    });
  }

  /**
   * Sends a message with its descriptors. You may close them at once.
   *
   * @param data The message.
   * @param fds Its descriptors.
   * @returns `false` if you should wait for `"drain"` before you write more.
   */
  writeWithFds(data: Uint8Array, fds: readonly number[]): boolean {
    return this.write({ data, fds });
  }
}

/**
 * Makes the `stream` for dbus-native's `createClient({ stream })`, through which it sends and
 * receives descriptors.
 *
 * @param bus The bus's address, as in `DBUS_SESSION_BUS_ADDRESS`; the path of its socket; or an object
 * with one of them, or with the `fd` of a socket.
 * @returns The stream. If it can't connect, it emits `"error"`, which dbus-native passes on.
 * @throws {TypeError} If the address has no Unix socket, or is missing, for example because the
 * environment variable isn't set.
 * @throws {URIError} If its escaped bytes aren't UTF-8.
 *
 * @example
 * ```ts
 * import { dbusStream } from "@fdready/usocket";
 * import { once } from "node:events";
 *
 * const stream = dbusStream("unix:path=/nonexistent,guid=0123456789abcdef;tcp:host=localhost,port=1");
 * // const bus = dbus.createClient({ stream });
 * const [error] = await once(stream, "error");
 * console.log(error.code, error.address); // ENOENT /nonexistent
 * ```
 */
export function dbusStream(bus: string | DBusAddress | USocketOptions): DBusStream {
  if (typeof bus === "string") {
    return new DBusStream({ path: /^[\0/]/.test(bus) ? bus : pathOf(bus) });
  }
  if (typeof bus !== "object" || bus === null) {
    throw new TypeError(
      `The bus must be given by an address, a path or an fd, got ${inspect(bus)}`,
    );
  }
  if (!("busAddress" in bus)) return new DBusStream(bus);
  const { busAddress, ...options } = bus;
  return new DBusStream({ ...options, path: pathOf(busAddress) });
}

/** The path in a D-Bus address, https://dbus.freedesktop.org/doc/dbus-specification.html#addresses */
function pathOf(busAddress: string): string {
  for (const address of String(busAddress).split(";")) {
    const [transport, parameters] = splitAt(":", address);
    if (transport !== "unix") continue;
    for (const parameter of parameters.split(",")) {
      const [key, value] = splitAt("=", parameter);
      if (key === "path") return decodeURIComponent(value);
      if (key === "abstract") return `\0${decodeURIComponent(value)}`;
    }
  }
  throw new TypeError(`No Unix socket in the bus's address: ${JSON.stringify(busAddress)}`);
}

/** What is before the first `separator`, and what is behind it. */
function splitAt(separator: string, text: string): [before: string, behind: string] {
  const [before = "", ...rest] = text.split(separator);
  return [before, rest.join(separator)];
}
