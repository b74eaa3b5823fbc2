/** A server for Unix sockets that pass descriptors. */

import { type FdWatch, watch } from "@fdready/fdready";
import { accept } from "@fdready/fdready/os";
import { EventEmitter } from "node:events";
import process from "node:process";
import { setImmediate } from "node:timers";
import { inspect } from "node:util";
import { closeWatched } from "./close_watched.ts";
import { closeAll } from "./received_fds.ts";
import { listenReplacing } from "./stale_socket.ts";
import { maxTurnTime } from "./turn.ts";
import { USocket } from "./usocket.ts";

/** The options of {@linkcode UServer.listen}. */
export interface UServerOptions {
  /** The path, or a NUL and an abstract name. */
  readonly path: string;
  /** The largest number of connections that wait to be accepted (default: 511). */
  readonly backlog?: number | undefined;
}

/** The code is that of servers in node:net. */
const notRunning = { code: "ERR_SERVER_NOT_RUNNING" };

/** How many connections are accepted before other tasks run. */
const maxRounds = 16;

/**
 * Listens on a Unix socket, with the API of npm's `UServer`. It emits `"listening"`,
 * `"connection"` with a {@linkcode USocket}, `"close"`, and `"error"`. Without a listener for
 * `"connection"`, it closes connections at once.
 *
 * @example Serve one connection
 * ```ts
 * import { UServer, USocket } from "@fdready/usocket";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * const server = new UServer();
 * server.on("connection", (connection: USocket) => {
 *   assertEquals(connection.peerCredentials?.uid, process.getuid?.());
 *   connection.end("goodbye");
 *   server.close();
 * });
 * server.listen(path);
 * for await (const data of new USocket({ path, allowHalfOpen: false })) {
 *   assertEquals(String(data), "goodbye");
 * }
 * ```
 */
export class UServer extends EventEmitter {
  /** Whether it is paused, so that connections wait to be accepted. */
  paused = false;
  #watch: FdWatch | undefined;
  #isRef = true;
  /** Whether `"listening"` has been emitted. Nothing is accepted before. */
  #listeningEmitted = false;

  /** Whether it listens. */
  get listening(): boolean {
    return this.#watch !== undefined;
  }

  /** The listening descriptor; undefined if the server doesn't listen. The server closes it. */
  get fd(): number | undefined {
    return this.#watch?.fd;
  }

  /**
   * Begins to listen. If the path is the socket file of an earlier server that no longer listens,
   * the file is replaced. The file stays when this server closes.
   *
   * @param options The path, or an object with the path and the backlog.
   * @param listening Called once it listens.
   * @returns The server. If it can't listen, it emits `"error"`, and you may call this again.
   * @throws {TypeError} If the path isn't a string, or the backlog isn't a number.
   * @throws {Error} If it listens already.
   */
  listen(options: string | UServerOptions, listening?: () => void): this;
  /**
   * Begins to listen, with the backlog as an argument.
   *
   * @param options The path, or an object with the path and the backlog.
   * @param backlog The largest number of connections that wait to be accepted (default: 511).
   * @param listening Called once it listens.
   * @returns The server. If it can't listen, it emits `"error"`, and you may call this again.
   */
  listen(options: string | UServerOptions, backlog?: number, listening?: () => void): this;
  listen(
    options: string | UServerOptions,
    backlog?: number | (() => void),
    listening?: () => void,
  ): this {
    if (typeof backlog === "function") return this.listen(options, undefined, backlog);
    if (this.listening) throw new Error("This UServer is listening already");
    const given = typeof options === "string" ? { path: options } : options;
    const { path, backlog: size = backlog } = given;
    if (typeof path !== "string") {
      throw new TypeError(`A UServer needs a path to listen on, got ${inspect(path)}`);
    }
    if (size !== undefined && typeof size !== "number") {
      throw new TypeError(`The backlog must be a number, got ${inspect(size)}`);
    }
    try {
      // npm's package uses its default for 0.
      this.#open(listenReplacing(path, size || undefined));
    } catch (error) {
      setImmediate(() => this.emit("error", error));
      return this;
    }
    if (typeof listening === "function") this.once("listening", listening);
    return this;
  }

  #open(fd: number): void {
    let opened: FdWatch;
    try {
      opened = watch(fd, {}, () => this.#accept());
    } catch (error) {
      closeAll([fd]);
      throw error;
    }
    if (!this.#isRef) opened.unref();
    this.#watch = opened;
    // Gives a caller that awaits the server time to add listeners.
    setImmediate(() => {
      if (this.#watch !== opened) return;
      this.#listeningEmitted = true;
      try {
        this.emit("listening");
      } finally {
        this.#updateInterest();
      }
    });
  }

  #updateInterest(): void {
    this.#watch?.interest({ readable: this.#listeningEmitted && !this.paused });
  }

  #accept(): void {
    const deadline = performance.now() + maxTurnTime;
    for (let round = 0; round < maxRounds && !this.paused && this.listening; round++) {
      let fd: number | undefined;
      try {
        fd = accept(this.fd!);
      } catch (error) {
        this.#fail(error);
        return;
      }
      if (fd === undefined) return;
      const socket = new USocket({ fd });
      if (socket.fd === undefined) {
        // The socket's "error" follows.
        closeAll([fd]);
        this.pause();
        socket.once("error", (error) => this.#fail(error));
        return;
      }
      // Without a listener, nobody could close it.
      if (!this.emit("connection", socket)) socket.destroy();
      if (performance.now() > deadline) return;
    }
  }

  #fail(error: unknown): void {
    // The process probably can't open more descriptors, and the error would come again at once.
    this.pause();
    this.emit("error", error);
  }

  /** Accepts no connections until {@linkcode UServer.resume}. They wait. */
  pause(): void {
    this.paused = true;
    this.#updateInterest();
  }

  /** Accepts connections again, also after an error. */
  resume(): void {
    this.paused = false;
    this.#updateInterest();
  }

  /**
   * Stops listening, then emits `"close"` if it was listening. Accepted connections stay open, and
   * so does the socket's file.
   *
   * @param callback Called then, with an error if it wasn't listening.
   * @returns The server.
   *
   * @example Close a server
   * ```ts
   * import { UServer } from "@fdready/usocket";
   * import { assertEquals } from "@std/assert";
   *
   * const server = new UServer();
   * server.listen(`\0example-${crypto.randomUUID()}`);
   * server.close((error) => assertEquals(error, undefined));
   * ```
   */
  close(callback?: (error?: Error) => void): this {
    const closing = this.#watch;
    this.#watch = undefined;
    this.#listeningEmitted = false;
    if (closing !== undefined) closeWatched(closing);
    process.nextTick(() => {
      if (closing === undefined) {
        callback?.(Object.assign(new Error("The UServer isn't listening"), notRunning));
      } else {
        callback?.();
        this.emit("close");
      }
    });
    return this;
  }

  /** The same as {@linkcode UServer.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Lets the process exit while the server listens.
   *
   * @returns The server.
   */
  unref(): this {
    this.#isRef = false;
    this.#watch?.unref();
    return this;
  }

  /**
   * Keeps the process alive while the server listens. This is the default.
   *
   * @returns The server.
   */
  ref(): this {
    this.#isRef = true;
    this.#watch?.ref();
    return this;
  }
}
