/** A Worker or a process that serves the listening socket of `exclusive_server.ts`. */

import process from "node:process";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { acceptAll, closeFd, ExclusiveWaiter, waitReadable, waitWritable } from "@fdready/fdready";
import { read, write } from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";

const usage = `
deno run -A examples/exclusive_worker.ts [index] 3<listener
bun examples/exclusive_worker.ts [index] 3<listener
node examples/exclusive_worker.ts [index] 3<listener

Serves the listening socket that it inherits as descriptor 3. examples/exclusive_server.ts runs it.
`;

if (isMainThread) readCommandLine(usage, {}, { most: 1 });

const listener: number = workerData?.listener ?? 3;
const waiter = new ExclusiveWaiter(listener);

parentPort?.once("message", () => void waiter.close());
process.once("SIGTERM", () => void waiter.close());
if (parentPort) parentPort.postMessage("ready");
else console.log("ready");

for await (const _ of waiter) {
  // Several connections may cause one wakeup, so this accepts all of them.
  for (const connection of acceptAll(listener)) void serve(connection);
}

async function serve(connection: number): Promise<void> {
  try {
    await echo(connection);
  } catch (error) {
    console.error(String(error));
  }
  closeFd(connection);
}

async function echo(connection: number): Promise<void> {
  const buffer = new Uint8Array(65536);
  for (;;) {
    const count = read(connection, buffer);
    if (count === undefined) await waitReadable(connection);
    else if (count === 0) return;
    else await writeAll(connection, buffer.subarray(0, count));
  }
}

async function writeAll(connection: number, data: Uint8Array): Promise<void> {
  for (let start = 0; start < data.length;) {
    const count = write(connection, data.subarray(start));
    if (count === undefined) await waitWritable(connection);
    else start += count;
  }
}
