/** Closes a stream of its standard output, opens the file that the argument names, and prints. */

import process from "node:process";
import { FdStream } from "../../mod.ts";
import { close, O_CREAT, O_RDWR, open } from "../../src/os/mod.ts";

const output = new FdStream(1);
await output.writeAll(new TextEncoder().encode("by the stream\n"));
output.close();
const input = new FdStream(0);
input.close();
const file = open(process.argv[2]!, O_RDWR | O_CREAT);
console.log("by the console");
close(file);
