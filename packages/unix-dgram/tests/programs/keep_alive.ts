/** Creates sockets for the mode in its argument. Prints whether they keep the process alive. */

import process from "node:process";
import { setTimeout } from "node:timers";
import { longestWait } from "../../../../tests/support/event_loop.ts";
import { UnixDgramSocket } from "../../mod.ts";

const mode = process.argv[2]!;
let isAlive = false;
/** A process that should exit has time for it on a busy machine. */
const limit = /unref|no listener|callback$/.test(mode) ? longestWait : 300;
setTimeout(() => {
  isAlive = true;
  process.exit();
}, limit).unref();
process.on("exit", () => console.log(isAlive ? "alive" : "exit"));

const path = `\0fdready-${process.pid}`;
const server = new UnixDgramSocket().bind(path);
const client = new UnixDgramSocket();
if (mode.includes("unref")) { for (const socket of [server, client]) socket.unref(); }
if (mode.startsWith("waiting send")) {
  const isByPath = mode.includes("by path");
  if (!isByPath) client.connect(path);
  const options = isByPath ? { path } : {};
  let isBusy = false;
  while (!isBusy) client.send("x", options, (error) => isBusy = error !== undefined);
  client.send("last", options);
} else if (mode.startsWith("busy send")) {
  client.connect(path);
  let isBusy = false;
  while (!isBusy) client.send("x", (error) => isBusy = error !== undefined);
  if (mode.includes("writable")) client.on("writable", () => {});
} else if (mode !== "no listener") {
  server.on("message", () => {});
}
