/**
 * Makes Workers owners of descriptors at the same moment. The argument is their number.
 * Prints how many thread-specific keys that has cost.
 */

import process from "node:process";
import { countFreeKeys } from "../support/libc.ts";
import { startWorker } from "../support/workers.ts";
import type { Gate } from "./workers/make_keys.ts";

const count = Number(process.argv[2]);
const workers = Array.from({ length: count }, () => startWorker("make_keys"));
const gate: Gate = { state: new Int32Array(new SharedArrayBuffer(8)), count };
for (const worker of workers) worker.postMessage(gate);
for (const worker of workers) await worker.next();
const before = countFreeKeys();
Atomics.store(gate.state, 0, 1);
Atomics.notify(gate.state, 0);
for (const worker of workers) await worker.next();
console.log(before - countFreeKeys());
process.exit();
