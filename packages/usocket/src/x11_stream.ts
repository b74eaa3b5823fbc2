/** A stream for npm's x11. */

import type { Buffer } from "node:buffer";
import { closeSync } from "node:fs";
import process from "node:process";
import { closingWithPeer } from "./closing_with_peer.ts";
import { closeAll } from "./received_fds.ts";
import type { USocketOptions } from "./types.ts";
import { USocket } from "./usocket.ts";

/** The address of an X server. */
export interface X11Display extends Omit<USocketOptions, "path" | "fd"> {
  /** The display, such as `":0"`. The default is the environment variable `DISPLAY`. */
  readonly display?: string | undefined;
}

/**
 * A {@linkcode USocket} for `x11`, which sends and receives descriptors. It also emits `"connect"`,
 * like the sockets in `node:net`. It closes when the server closes the connection, unless
 * `allowHalfOpen` is `true`.
 *
 * @example Send a descriptor
 * ```ts
 * import { X11Stream } from "@fdready/usocket";
 * import { Buffer } from "node:buffer";
 * import { waitReadable } from "@fdready/fdready";
 * import { close, dup, recvmsg, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [fd, server] = socketpair();
 * const stream = new X11Stream({ fd });
 * stream.sendFds(Buffer.alloc(4), [dup(server)], () => stream.destroy());
 * await waitReadable(server);
 * const received = recvmsg(server, new Uint8Array(4), { maxFds: 1 });
 * assertEquals(received?.fds.length, 1);
 * for (const fd of [server, ...received!.fds]) close(fd);
 * ```
 */
export class X11Stream extends USocket {
  /** Shows x11 that descriptors can be sent. */
  readonly _fdCapable = true;
  /** Shows x11 that descriptors can be received. */
  readonly _fdReceiving = true;

  /**
   * Created by {@linkcode x11Stream}.
   *
   * @param options The path or descriptor to connect to.
   */
  constructor(options: USocketOptions | string) {
    super(closingWithPeer(options));
    this.once("connected", () => this.emit("connect"));
  }

  /**
   * Sends a request with its descriptors, then closes the descriptors, even after a failure.
   *
   * @param data The request.
   * @param fds The descriptors.
   * @param callback Called when the request has been sent, or with an error.
   */
  sendFds(data: Buffer, fds: readonly number[], callback?: (error: Error | null) => void): void {
    const sent = [...fds];
    this.write({
      data,
      fds: sent,
      callback: (error) => {
        for (const fd of sent) closeSent(fd);
        callback?.(error ?? null);
      },
    });
  }
}

/**
 * Creates the `stream` for x11's `createClient({ stream })`, which lets x11 send and receive
 * descriptors.
 *
 * @param server The display, as in the environment variable `DISPLAY`, which is the default; the
 * path of a socket; or an object with one of them, or with the `fd` of a socket.
 * @returns The stream. If it can't connect, it emits `"error"`, and x11 emits it too.
 * @throws {TypeError} If the display is on another machine, or isn't a display.
 *
 * @example Connect to an X server
 * ```ts
 * import { x11Stream } from "@fdready/usocket";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * const stream = x11Stream(":9999");
 * // x11.createClient({ stream, display: ":9999" }, (error, display) => { … });
 * const [error] = await once(stream, "error");
 * assertEquals([error.code, error.address], ["ENOENT", "/tmp/.X11-unix/X9999"]);
 * ```
 */
export function x11Stream(server: string | X11Display | USocketOptions = {}): X11Stream {
  if (typeof server === "string") {
    return new X11Stream({ path: /^[\0/]/.test(server) ? server : findPath(server) });
  }
  if ("path" in server || "fd" in server) return new X11Stream(server);
  const { display = process.env.DISPLAY ?? "", ...options } = { display: undefined, ...server };
  return new X11Stream({ ...options, path: findPath(display) });
}

/** Closes a descriptor that x11 or its user has opened, with node:fs or otherwise. */
function closeSent(fd: number): void {
  try {
    // If Deno opened it, Deno has to close it. Otherwise Deno would later close another file with
    // the same number.
    closeSync(fd);
  } catch {
    closeAll([fd]);
  }
}

function findPath(display: string): string {
  const number = /^(?:unix\/?)?:(\d+)(?:\.\d+)?$/.exec(display)?.[1];
  if (number === undefined) {
    throw new TypeError(
      `The X display must be local, such as ":0", got ${JSON.stringify(display)}`,
    );
  }
  return `/tmp/.X11-unix/X${number}`;
}
