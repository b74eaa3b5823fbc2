/** Sends a datagram with a descriptor, and another one with the API of npm's package. */

import { close, pipe } from "@fdready/fdready/os";
import unixDgram, {
  createSocket,
  type Datagram,
  type RemoteInfo,
  type UnixDgramError,
  UnixDgramSocket,
} from "@fdready/unix-dgram";
import { Buffer } from "node:buffer";

const path = `\0unix-dgram-${crypto.randomUUID()}`;
const server = new UnixDgramSocket({ maxFds: 1, signal: undefined }).bind(path);
const client = unixDgram.createSocket("unix_dgram").connect(path);

const [reader, writer] = pipe();
await client.send("a pipe", { fds: [reader] });
const { data, fds }: Datagram = await server.receive();
console.log("received:", String(data), fds.length);
for (const fd of [reader, writer, ...fds]) close(fd);

server.on("message", (data: Buffer, { size }: RemoteInfo) => {
  console.log("received:", String(data), size);
  server.close();
  client.send("x", (error?: UnixDgramError) => console.log("refused:", error?.errno));
  client.close();
});
const other = createSocket("unix_dgram", (data) => console.log(data));
other.send(Buffer.from("hello"), 0, 4, path, (error) => error && console.log(error));
other.close();
