/** Sends datagrams to the path of its first argument: connected or by path, and how many. */

import process from "node:process";
import { UnixDgramSocket } from "../../mod.ts";

const [path = "", mode, count] = process.argv.slice(2);
const client = new UnixDgramSocket();
if (mode === "connected") client.connect(path);
const options = mode === "connected" ? {} : { path };
for (let n = 0; n < Number(count); n++) {
  const length = n % 1000 === 0 ? 20_000 : n % 7 * 50;
  const sent = client.send(`${n}`.padEnd(length, "."), options);
  // Some of them wait together.
  if (n % 20 === 0) await sent;
}
await client.send("", options).catch(() => {});
client.close();
console.log("sent");
