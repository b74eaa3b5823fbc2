/**
 * An HTTP server that systemd starts at the first connection, and that ends when it is idle.
 *
 *     systemd-socket-activate -l 8080 --fdname=web \
 *       deno run --allow-ffi --allow-env examples/socket_activation.ts
 *     systemd-socket-activate -l 8080 --fdname=web bun examples/socket_activation.ts
 *     systemd-socket-activate -l 8080 --fdname=web node examples/socket_activation.ts
 *     curl http://localhost:8080/
 *
 * As a service it needs two units. systemd keeps the listening socket open, so that no connection
 * is refused while the server starts, or before the next start:
 *
 *     # web.socket
 *     [Socket]
 *     ListenStream=8080
 *     FileDescriptorName=web
 *     [Install]
 *     WantedBy=sockets.target
 *
 *     # web.service
 *     [Service]
 *     ExecStart=/usr/bin/deno run --allow-ffi --allow-env /srv/web/socket_activation.ts
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import process from "node:process";
import { type Duplex, pipeline } from "node:stream";
import { closeFd, SystemError, waitReadable } from "@fdready/fdready";
import {
  F_SETFD,
  fcntl,
  FD_CLOEXEC,
  getsockopt,
  setNonblocking,
  SO_ACCEPTCONN,
  SOL_SOCKET,
} from "@fdready/fdready/os";
import { acceptIfPossible } from "./support/accept.ts";
import { misuse, readCommandLine, readInteger } from "./support/command_line.ts";
import { FdSocket } from "./support/fd_socket.ts";

const usage = `
systemd-socket-activate -l 8080 deno run --allow-ffi --allow-env examples/socket_activation.ts [seconds]
systemd-socket-activate -l 8080 bun examples/socket_activation.ts [seconds]
systemd-socket-activate -l 8080 node examples/socket_activation.ts [seconds]

Serves HTTP on the sockets that systemd passes, until there has been no request for some seconds, 30
by default. A connection without a request is closed after the same time. GET returns a greeting,
POST the body of the request.
`;

/** The first descriptor that systemd passes. */
const firstFd = 3;

/** A socket from systemd, with its `FileDescriptorName`. */
export interface ActivatedSocket {
  readonly fd: number;
  readonly name: string;
}

/** Systemd has passed no sockets that can be served. */
export class ActivationError extends Error {
  override readonly name = "ActivationError";
}

/**
 * Returns the listening sockets that systemd has passed to this process, nonblocking and
 * close-on-exec.
 *
 * @throws {ActivationError} If there are none, or if one isn't a listening socket.
 */
export function activatedSockets(
  { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES }: Readonly<Record<string, string | undefined>>,
): ActivatedSocket[] {
  if (LISTEN_FDS === undefined || LISTEN_PID === undefined) {
    throw new ActivationError(
      "LISTEN_FDS and LISTEN_PID are not set: systemd has passed no socket",
    );
  }
  if (Number(LISTEN_PID) !== process.pid) {
    throw new ActivationError(
      `LISTEN_PID is ${LISTEN_PID}: the sockets are for that process, not for ${process.pid}`,
    );
  }
  if (!/^[1-9]\d{0,5}$/.test(LISTEN_FDS)) {
    throw new ActivationError(`LISTEN_FDS is "${LISTEN_FDS}": expected a number of sockets`);
  }
  const names = LISTEN_FDNAMES?.split(":") ?? [];
  const sockets = Array.from(
    { length: Number(LISTEN_FDS) },
    (_, index) => ({ fd: firstFd + index, name: names[index] ?? "unknown" }),
  );
  for (const socket of sockets) prepare(socket);
  return sockets;
}

function prepare({ fd, name }: ActivatedSocket): void {
  if (!isListening(fd)) {
    throw new ActivationError(
      `Descriptor ${fd} (${name}) is not a listening socket: the unit needs ListenStream= and Accept=no`,
    );
  }
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  setNonblocking(fd, true);
}

function isListening(fd: number): boolean {
  const value = new Int32Array(1);
  try {
    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, new Uint8Array(value.buffer));
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
  return value[0] === 1;
}

/** Aborts a signal once no request has been in progress for some time. */
export class IdleTimer {
  /** How long there may be no request, in ms. */
  readonly limit: number;
  readonly #whole: IdleTimer | undefined;
  readonly #controller = new AbortController();
  #requests = 0;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the time. Requests count for `whole`, too. */
  constructor(limit: number, whole?: IdleTimer) {
    this.limit = limit;
    this.#whole = whole;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts a request that begins. */
  begin(): void {
    this.#requests++;
    clearTimeout(this.#timer);
    this.#whole?.begin();
  }

  /** Counts a request that has ended. */
  end(): void {
    if (this.#requests === 0) return;
    this.#requests--;
    this.#whole?.end();
    this.restart();
  }

  /** Starts the time again, unless a request is in progress. */
  restart(): void {
    clearTimeout(this.#timer);
    if (this.#requests > 0 || this.#isStopped) return;
    this.#timer = setTimeout(() => this.#controller.abort(), this.limit);
  }

  /** Ends all requests, and never aborts the signal from now on. */
  stop(): void {
    this.#isStopped = true;
    while (this.#requests > 0) this.end();
    clearTimeout(this.#timer);
  }
}

/**
 * Serves the connections of `listener` with `server`, which doesn't listen itself. Closes a
 * connection that is idle for as long as `idle` allows. Closes the listener and all connections
 * when `idle` aborts, and resolves.
 */
export async function serveHttp(server: Server, listener: number, idle: IdleTimer): Promise<void> {
  // Unless the server listens, Deno's node:http closes each connection after its first response.
  Object.defineProperty(server, "listening", { value: true });
  // Bun's node:http closes only idle connections that it accepted. So node:http has no timer here.
  server.keepAliveTimeout = 0;
  const connections = new Map<Duplex, IdleTimer>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const timer = connections.get(request.socket);
    timer?.begin();
    response.once("close", () => timer?.end());
  });
  try {
    for await (const fd of accepted(listener, idle.signal)) {
      idle.restart();
      // A connection from before the start of this program wouldn't inherit it from the listener.
      const connection = new FdSocket(fd).setNoDelay();
      const timer = new IdleTimer(idle.limit, idle);
      timer.signal.addEventListener("abort", () => connection.destroy());
      connection.once("close", () => {
        // On Deno, a connection that closes doesn't close all of its responses.
        timer.stop();
        connections.delete(connection);
      });
      connections.set(connection, timer);
      server.emit("connection", connection);
    }
  } finally {
    for (const connection of connections.keys()) connection.destroy();
    closeFd(listener);
  }
}

/** Yields the connections of `listener` until the signal aborts. */
async function* accepted(listener: number, signal: AbortSignal): AsyncGenerator<number, void> {
  while (!signal.aborted) {
    const fd = acceptIfPossible(listener);
    if (typeof fd === "number") {
      yield fd;
    } else if (fd === "full") {
      // The listener stays readable, so a wait for it would resolve immediately.
      await new Promise((resolve) => setTimeout(resolve, 100));
    } else {
      await waitReadable(listener, { signal }).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }
}

/** Sends back the body of a POST request, and answers others with a greeting. */
function answer(request: IncomingMessage, response: ServerResponse, name: string): void {
  if (request.method !== "POST") {
    response.setHeader("Content-Type", "text/plain");
    response.end(`Hello from ${name}, process ${process.pid}\n`);
    return;
  }
  const length = request.headers["content-length"];
  if (length !== undefined) response.setHeader("Content-Length", length);
  // An error means that the client has gone.
  pipeline(request, response, () => {});
}

if (import.meta.main) {
  const { positionals: [seconds = "30"] } = readCommandLine(usage, {}, { most: 1 });
  const limit = 1000 * readInteger("the time", seconds, 1, 86_400);
  try {
    const sockets = activatedSockets(process.env);
    const idle = new IdleTimer(limit);
    await Promise.all(sockets.map(({ fd, name }) => {
      const server = createServer((request, response) => answer(request, response, name));
      return serveHttp(server, fd, idle);
    }));
  } catch (error) {
    if (!(error instanceof ActivationError)) throw error;
    misuse(error.message);
  }
}
