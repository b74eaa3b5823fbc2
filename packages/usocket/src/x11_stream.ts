/** A connection to an X server for npm's x11. */

import type { Buffer } from "node:buffer";
import { closeSync } from "node:fs";
import process from "node:process";
import { closeAll } from "./received_fds.ts";
import { USocket, type USocketOptions } from "./usocket.ts";

/** Which X server to connect to. */
export interface X11Display extends Omit<USocketOptions, "path" | "fd"> {
  /** The display, such as `":0"`. The default is the environment variable `DISPLAY`. */
  readonly display?: string;
}

/**
 * A {@linkcode USocket} through which `x11` sends and receives descriptors. It also emits
 * `"connect"`, as sockets of `node:net` do.
 *
 * @example
 * ```ts
 * import { X11Stream } from "@fdready/usocket";
 * import { Buffer } from "node:buffer";
 * import { dup, socketpair } from "@fdready/fdready/os";
 *
 * const [fd, server] = socketpair();
 * const stream = new X11Stream({ fd });
 * stream.sendFds(Buffer.alloc(4), [dup(server)], () => stream.destroy());
 * ```
 */
export class X11Stream extends USocket {
  /** Tells x11 that descriptors can be sent. */
  readonly _fdCapable = true;
  /** Tells x11 that descriptors can be received. */
  readonly _fdReceiving = true;

  /**
   * Made by {@linkcode x11Stream}.
   *
   * @param options What to connect to.
   */
  constructor(options: USocketOptions | string) {
    super(options);
    this.once("connected", () => this.emit("connect"));
  }

  /**
   * Sends a request with its descriptors, then closes them, even if it couldn't be sent.
   *
   * @param data The request.
   * @param fds Its descriptors.
   * @param callback Called when the request has been sent, or with an error if it can't be.
   */
  sendFds(data: Buffer, fds: readonly number[], callback?: (error: Error | null) => void): void {
    const given = [...fds];
    this.write({
      data,
      fds: given,
      callback: (error) => {
        for (const fd of given) closeGiven(fd);
        callback?.(error ?? null);
      },
    });
  }
}

/**
 * Makes the `stream` for x11's `createClient({ stream })`, through which it sends and receives
 * descriptors.
 *
 * @param server The display, as in the environment variable `DISPLAY`, which is the default; the path of
 * a socket; or an object with one of them, or with the `fd` of a socket.
 * @returns The stream. If it can't connect, it emits `"error"`, which x11 passes on.
 * @throws {TypeError} If the display is on another machine, or isn't a display.
 *
 * @example
 * ```ts
 * import { x11Stream } from "@fdready/usocket";
 * import { once } from "node:events";
 *
 * const stream = x11Stream(":9999");
 * // x11.createClient({ stream, display: ":9999" }, (error, display) => { … });
 * const [error] = await once(stream, "error");
 * console.log(error.code, error.address); // ENOENT /tmp/.X11-unix/X9999
 * ```
 */
export function x11Stream(server: string | X11Display | USocketOptions = {}): X11Stream {
  if (typeof server === "string") {
    return new X11Stream({ path: /^[\0/]/.test(server) ? server : pathOf(server) });
  }
  if ("path" in server || "fd" in server) return new X11Stream(server);
  const { display = process.env.DISPLAY ?? "", ...options } = { display: undefined, ...server };
  return new X11Stream({ ...options, path: pathOf(display) });
}

/** Closes a descriptor that x11 or its user has opened, by node:fs or otherwise. */
function closeGiven(fd: number): void {
  try {
    // If Deno opened it, Deno has to close it. Otherwise it would later close the next file of that number.
    closeSync(fd);
  } catch {
    closeAll([fd]);
  }
}

function pathOf(display: string): string {
  const number = /^(?:unix\/?)?:(\d+)(?:\.\d+)?$/.exec(display)?.[1];
  if (number === undefined) {
    throw new TypeError(`No display of this machine: ${JSON.stringify(display)}`);
  }
  return `/tmp/.X11-unix/X${number}`;
}
