/** Listening sockets that have no room for another connection. */

import * as os from "../../src/os/mod.ts";
import { spinUntil } from "./event_loop.ts";
import type { Fds } from "./fds.ts";

/** A TCP socket whose queue is full: connecting to it neither succeeds nor fails. */
export function fullTcpListener(fds: Fds): { fd: number; port: number } {
  const fd = fds.own(os.listenTcp("127.0.0.1", 0, { backlog: 0 }));
  const port = os.localPort(fd);
  // The queue has room for one more than its length.
  for (let count = 0; count < 2; count++) {
    const client = fds.own(os.socket(os.AF_INET, os.SOCK_STREAM));
    os.connect(client, os.inetAddress("127.0.0.1", port));
    // The kernel can queue the connection a moment later.
    const isQueued = () => os.poll([{ fd, events: os.POLLIN }])[0] !== 0;
    spinUntil(isQueued, () => new Error("The connection isn't queued"));
  }
  return { fd, port };
}

/** A Unix socket whose queue is full. */
export function fullUnixListener(fds: Fds): { fd: number; name: string } {
  const name = `\0${crypto.randomUUID()}`;
  const fd = fds.own(os.listenUnix(name, 0));
  const client = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
  os.connect(client, os.unixAddress(name));
  return { fd, name };
}
