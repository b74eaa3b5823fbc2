/** Listeners for "message" that throw. */

import process from "node:process";
import { UnixDgramSocket } from "../../mod.ts";

process.on("uncaughtException", ({ message }) => console.log(`uncaught: ${message}`));
const path = `\0fdready-${process.pid}`;
const server = new UnixDgramSocket().bind(path);
let count = 0;
server.on("message", (data) => {
  if (count++ < 2) throw new Error(String(data));
  console.log(`received ${data}`);
  server.close();
});
using client = new UnixDgramSocket();
for (const text of ["0", "1", "2"]) await client.send(text, { path });
