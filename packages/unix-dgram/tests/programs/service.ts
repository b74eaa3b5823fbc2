/** A service that notifies its manager, as in the README. Prints its process ID. */

import process from "node:process";
import { UnixDgramSocket } from "../../mod.ts";

const address = process.env.NOTIFY_SOCKET;
if (address !== undefined) {
  using socket = new UnixDgramSocket();
  const path = address.replace(/^@/, "\0"); // an abstract name
  await socket.send(`READY=1\nMAINPID=${process.pid}`, { path });
}
console.log(process.pid);
