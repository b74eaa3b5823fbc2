/**
 * Makes Workers owners of descriptors at the same moment. The argument is their number.
 * Prints how many thread-specific keys that has cost.
 */

import process from "node:process";
import { countFreeKeys } from "../support/libc.ts";
import { startWorker } from "../support/workers.ts";

const count = Number(process.argv[2]);
const workers = Array.from({ length: count }, () => startWorker("make_keys"));
/** 1 after the gate has been opened. */
const gate = new Int32Array(new SharedArrayBuffer(4));
for (const worker of workers) worker.postMessage(gate.buffer);
for (const worker of workers) await worker.next();
const before = countFreeKeys();
Atomics.store(gate, 0, 1);
for (const worker of workers) await worker.next();
console.log(before - countFreeKeys());
process.exit();
