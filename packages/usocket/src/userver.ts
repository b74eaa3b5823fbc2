/** A server for Unix sockets that pass descriptors. */

import { closeFd, type FdWatch, watch } from "@fdready/fdready";
import {
  accept,
  AF_UNIX,
  bind,
  connect,
  listenUnix,
  SOCK_DGRAM,
  socket,
  unixAddress,
} from "@fdready/fdready/os";
import { EventEmitter } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers";
import { inspect } from "node:util";
import { isError } from "./errors.ts";
import { closeAll } from "./received_fds.ts";
import { USocket } from "./usocket.ts";

/** Where {@linkcode UServer} listens. */
export interface UServerOptions {
  /** The path, or a NUL and an abstract name. */
  readonly path: string;
  /** How many connections may wait to be accepted (default: 511). */
  readonly backlog?: number;
}

/** As servers of node:net have it. */
const notRunning = { code: "ERR_SERVER_NOT_RUNNING" };

/** How many connections to accept before other tasks get their turn. */
const mostRounds = 16;

/**
 * Listens on a Unix socket: npm's `UServer`. It emits `"listening"`, `"connection"` with a
 * {@linkcode USocket}, `"close"`, and `"error"`.
 *
 * @example
 * ```ts
 * import { UServer, USocket } from "@fdready/usocket";
 *
 * const path = `\0example-${crypto.randomUUID()}`;
 * const server = new UServer();
 * server.on("connection", (connection: USocket) => {
 *   console.log(connection.peerCredentials?.uid === process.getuid?.()); // true
 *   connection.end("goodbye");
 *   server.close();
 * });
 * server.listen(path);
 * for await (const data of new USocket({ path, allowHalfOpen: false })) {
 *   console.log(String(data)); // goodbye
 * }
 * ```
 */
export class UServer extends EventEmitter {
  /** Whether it is paused, so that connections wait to be accepted. */
  paused = false;
  /** Whether it listens. */
  listening = false;
  #fd: number | undefined;
  #watch: FdWatch | undefined;
  #held = true;
  /** Whether it has said that it listens, before which nothing is accepted. */
  #announced = false;

  /** The listening descriptor; undefined if the server doesn't listen. The server closes it. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /**
   * Begins to listen. If the path is the socket file of an earlier server that no longer listens,
   * the file is replaced. The file stays when this server closes, too.
   *
   * @param options The path, or an object with the path and the backlog.
   * @param listening Called once it listens.
   * @returns The server. If it can't listen, it emits `"error"`, and you may call this again.
   * @throws {TypeError} If the path isn't a string, or the backlog isn't a number.
   * @throws {Error} If it listens already.
   */
  listen(options: string | UServerOptions, listening?: () => void): this;
  /**
   * As above, with the backlog as an argument.
   *
   * @param options The path, or an object with the path and the backlog.
   * @param backlog How many connections may wait to be accepted (default: 511).
   * @param listening Called once it listens.
   * @returns The server.
   */
  listen(options: string | UServerOptions, backlog?: number, listening?: () => void): this;
  listen(
    options: string | UServerOptions,
    backlog?: number | (() => void),
    listening?: () => void,
  ): this {
    if (typeof backlog === "function") return this.listen(options, undefined, backlog);
    if (this.#fd !== undefined) throw new Error("This UServer is listening already");
    const given = typeof options === "string" ? { path: options } : options;
    const { path, backlog: waiting = backlog } = given;
    if (typeof path !== "string") {
      throw new TypeError(`The UServer needs a path to listen on, got ${inspect(path)}`);
    }
    if (waiting !== undefined && typeof waiting !== "number") {
      throw new TypeError(`The backlog must be a number, got ${inspect(waiting)}`);
    }
    try {
      // npm's package uses its default for 0.
      this.#open(listenReplacing(path, waiting || undefined));
    } catch (error) {
      setImmediate(() => this.emit("error", error));
      return this;
    }
    if (typeof listening === "function") this.once("listening", listening);
    return this;
  }

  #open(fd: number): void {
    try {
      this.#watch = watch(fd, {}, () => this.#accept());
    } catch (error) {
      closeAll([fd]);
      throw error;
    }
    const watching = this.#watch;
    if (!this.#held) watching.unref();
    this.#fd = fd;
    this.listening = true;
    // A caller who gets the server by an await can listen to it before that.
    setImmediate(() => {
      if (this.#watch !== watching) return;
      this.#announced = true;
      try {
        this.emit("listening");
      } finally {
        this.#update();
      }
    });
  }

  #update(): void {
    this.#watch?.interest({ readable: this.#announced && !this.paused });
  }

  #accept(): void {
    for (let round = 0; round < mostRounds && !this.paused && this.#fd !== undefined; round++) {
      let accepted: USocket | undefined;
      try {
        accepted = acceptOne(this.#fd);
      } catch (error) {
        // Most likely no descriptors are left, and the same error would come again and again.
        this.pause();
        this.emit("error", error);
        return;
      }
      if (accepted === undefined) return;
      this.emit("connection", accepted);
    }
  }

  /** Accepts no more connections until {@linkcode UServer.resume}; they wait. */
  pause(): void {
    this.paused = true;
    this.#update();
  }

  /** Accepts connections again, also after an error. */
  resume(): void {
    this.paused = false;
    this.#update();
  }

  /**
   * Stops listening, then emits `"close"` if it was listening. Connections that were accepted go
   * on. The socket's file stays.
   *
   * @param callback Called then, with an error if it wasn't listening.
   * @returns The server.
   *
   * @example
   * ```ts
   * import { UServer } from "@fdready/usocket";
   *
   * const server = new UServer();
   * server.listen(`\0example-${crypto.randomUUID()}`);
   * server.close((error) => console.log(error)); // undefined
   * ```
   */
  close(callback?: (error?: Error) => void): this {
    const listened = this.#fd !== undefined;
    this.#watch?.close();
    this.#watch = undefined;
    this.#announced = false;
    this.listening = false;
    if (this.#fd !== undefined) closeFd(this.#fd);
    this.#fd = undefined;
    process.nextTick(() => {
      if (listened) callback?.();
      else callback?.(Object.assign(new Error("The UServer isn't listening"), notRunning));
      if (listened) this.emit("close");
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
    this.#held = false;
    this.#watch?.unref();
    return this;
  }

  /**
   * Keeps the process alive while the server listens, which is the default.
   *
   * @returns The server.
   */
  ref(): this {
    this.#held = true;
    this.#watch?.ref();
    return this;
  }
}

function acceptOne(fd: number): USocket | undefined {
  const connection = accept(fd);
  if (connection === undefined) return undefined;
  try {
    return new USocket({ fd: connection });
  } catch (error) {
    closeAll([connection]);
    throw error;
  }
}

function listenReplacing(path: string, backlog: number | undefined): number {
  try {
    return listenUnix(path, backlog);
  } catch (error) {
    if (!isError(error, "EADDRINUSE") || !isAbandoned(path)) throw error;
    const file = identityOf(path);
    // Another server that starts now must not delete the file that this one makes.
    const holder = socket(AF_UNIX, SOCK_DGRAM);
    try {
      if (!lock(holder, `fdready-usocket-${file}`)) throw error;
      if (identityOf(path) !== file || !isAbandoned(path)) throw error;
      unlinkSync(path);
      return listenUnix(path, backlog);
    } finally {
      closeAll([holder]);
    }
  }
}

/** What tells the file at `path` from all others. */
function identityOf(path: string): string | undefined {
  const file = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return file && `${file.dev}-${file.ino}`;
}

/** Takes the lock of that name for as long as `fd` is open, if nobody has it. It is an abstract name. */
function lock(fd: number, name: string): boolean {
  try {
    bind(fd, unixAddress(`\0${name}`));
    return true;
  } catch (error) {
    if (isError(error, "EADDRINUSE")) return false;
    throw error;
  }
}

/** Whether `path` is a socket file on which no socket listens any more. */
function isAbandoned(path: string): boolean {
  if (path.startsWith("\0")) return false;
  // Another server may have deleted it just now.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false;
  // A datagram socket: a server that listens doesn't notice this attempt.
  const fd = socket(AF_UNIX, SOCK_DGRAM);
  try {
    connect(fd, unixAddress(path));
    return false;
  } catch (error) {
    return isError(error, "ECONNREFUSED");
  } finally {
    closeAll([fd]);
  }
}
