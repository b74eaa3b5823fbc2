/** Passes undefined for each option of the packages. Only its types are checked. */

import { UnixDgramSocket } from "@fdready/unix-dgram";
import { UServer, USocket, x11Stream } from "@fdready/usocket";

const socket = new USocket({
  path: undefined,
  fd: undefined,
  allowHalfOpen: undefined,
  readableHighWaterMark: undefined,
  writableHighWaterMark: undefined,
  maxFds: undefined,
}, undefined);
socket.write({ data: "x", fds: undefined, callback: undefined }, undefined);
new UServer().listen({ path: "/x", backlog: undefined }, undefined);
x11Stream({ display: undefined });

const datagrams = new UnixDgramSocket({
  maxFds: undefined,
  credentials: undefined,
  maxQueued: undefined,
  sendBufferSize: undefined,
  recvBufferSize: undefined,
  signal: undefined,
});
await datagrams.send("x", { path: undefined, fds: undefined, signal: undefined });
await datagrams.receive({ signal: undefined });
