/**
 * Publishes numbered messages to the first subscriber. The arguments are the endpoint and the
 * number of messages.
 */

import process from "node:process";
import { ZmqContext } from "../../examples/zeromq.ts";

const [endpoint = "", count] = process.argv.slice(2);
using context = new ZmqContext();
const socket = context.socket("XPUB");
socket.bind(endpoint);
await socket.receive();
for (let n = 0; n < Number(count); n++) {
  await socket.send(new TextEncoder().encode(`noise ${n}`));
  await socket.send(new TextEncoder().encode(`news ${n}`));
}
