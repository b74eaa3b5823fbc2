/** Passes a descriptor from a server to a client, and back, together with bytes. */

import { close, pipe, write } from "@fdready/fdready/os";
import { dbusStream, type UMessage, UServer, USocket, x11Stream } from "@fdready/usocket";
import { Buffer } from "node:buffer";
import { once } from "node:events";

const path = `\0usocket-${crypto.randomUUID()}`;
const server = new UServer();
server.listen(path);
const client = new USocket({ path });
const [connection]: USocket[] = await once(server, "connection");

const [reader, writer] = pipe();
const message: UMessage = { data: "a pipe", fds: [writer], callback: () => close(writer) };
connection!.end(message);
let received;
while ((received = client.read(6, 1)) === null) await once(client, "readable");
console.log("received:", String(received.data), write(received.fds[0]!, Buffer.from("hello")));
for (const fd of [reader, ...received.fds]) close(fd);
client.end();
server.close();

for (const connect of [dbusStream, x11Stream]) {
  const [error] = await once(connect({ path }), "error");
  console.log("refused:", error.code);
}
