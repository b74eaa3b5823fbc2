/** Sends to a busy receiver that is then closed, without looking at the promise. */

import process from "node:process";
import { UnixDgramSocket } from "../../mod.ts";

const path = `\0fdready-${process.pid}`;
const server = new UnixDgramSocket().bind(path);
const client = new UnixDgramSocket().connect(path);
if (process.argv[2] === "listener") client.on("error", ({ message }) => console.log(message));
let isBusy = false;
while (!isBusy) client.send("x", (error) => isBusy = error !== undefined);
client.send("last");
server.close();
