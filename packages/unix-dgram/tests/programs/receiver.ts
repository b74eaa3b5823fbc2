/** Binds to the path of its argument. Prints the received datagrams after each "end". */

import process from "node:process";
import { UnixDgramSocket } from "../../mod.ts";

const server = new UnixDgramSocket().bind(process.argv[2]!);
console.log("bound");
let texts: string[] = [];
for await (const { data } of server) {
  if (String(data) === "end") {
    console.log(JSON.stringify(texts));
    texts = [];
  } else texts.push(String(data));
}
