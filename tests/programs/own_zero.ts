/**
 * Makes a Worker own descriptor 0, terminates it, and prints whether the descriptor is still open.
 */

import { waitReadable } from "../../mod.ts";
import { close, pipe, read } from "../../src/os/mod.ts";
import { dupTo } from "../support/libc.ts";
import { startWorker } from "../support/workers.ts";

const [reader, writer] = pipe();
const [marker, mark] = pipe();
dupTo(writer, 0);
close(writer);
const worker = startWorker("own");
worker.postMessage({ own: [0, mark] });
await worker.next();
worker.terminate();
await waitReadable(marker);
console.log(read(reader, new Uint8Array(1)) === 0 ? "closed" : "open");
