/** Reads standard input once, and ends in the way that the argument names. */

import process from "node:process";
import { FdStream } from "../../mod.ts";

const [how] = process.argv.slice(2);
const stream = new FdStream(0);
console.log("read", await stream.read(new Uint8Array(8)));
if (how === "close") stream.close();
if (how === "throw") throw new Error("thrown");
if (how === "exit") process.exit();
