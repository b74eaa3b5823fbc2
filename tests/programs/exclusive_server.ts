/** Serves the listening socket that it inherits as fd 3: sends one byte on each connection. */

import { acceptAll, ExclusiveWaiter } from "../../mod.ts";
import { close, write } from "../../src/os/mod.ts";
import process from "node:process";

const listener = 3;
const waiter = new ExclusiveWaiter(listener, { edgeTriggered: process.argv[2] === "edge" });
console.log("serving");
for await (const _ of waiter) {
  for (const connection of acceptAll(listener)) {
    write(connection, new Uint8Array([33]));
    close(connection);
  }
}
