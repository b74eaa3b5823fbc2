/**
 * An echo server with one listening socket, shared by several Workers or several processes. Each of
 * them waits for it exclusively, so a connection wakes one of them rather than all.
 *
 *     deno run -A examples/exclusive_server.ts [workers|processes] [count] [port]
 *     bun examples/exclusive_server.ts [workers|processes] [count] [port]
 *     node examples/exclusive_server.ts [workers|processes] [count] [port]
 *
 * It serves until it receives SIGINT or SIGTERM.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { listenTcp, localPort } from "@fdready/fdready/os";
import { misuse, readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run -A examples/exclusive_server.ts [workers|processes] [count] [port]
bun examples/exclusive_server.ts [workers|processes] [count] [port]
node examples/exclusive_server.ts [workers|processes] [count] [port]

Serves one listening socket with several Workers, the default, or several processes: as many as
there are CPUs by default. Port 0, the default, means any free port.
`;

const { positionals } = readCommandLine(usage, {}, { most: 3 });
const [kind = "workers"] = positionals;
if (kind !== "workers" && kind !== "processes") {
  misuse(`it takes workers or processes, not "${kind}"`);
}
const count = readInteger("the count", positionals[1] ?? String(os.cpus().length), 1);
const port = readInteger("the port", positionals[2] ?? "0", 0, 65535);
const program = fileURLToPath(new URL("exclusive_worker.ts", import.meta.url));

const listener = listenTcp("127.0.0.1", port, { backlog: 4096 });
const indexes = Array.from({ length: count }, (_, index) => index);
const stop = kind === "processes" ? await startProcesses() : await startWorkers();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => void stop().then(() => process.exit(0)));
}
console.log(`${count} ${kind} listen on 127.0.0.1:${localPort(listener)}`);

async function startWorkers(): Promise<() => Promise<void>> {
  const workers = indexes.map((index) => new Worker(program, { workerData: { listener, index } }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  return async () => {
    const gone = workers.map((worker) => once(worker, "exit"));
    for (const worker of workers) worker.postMessage("stop");
    await Promise.all(gone);
  };
}

/** The process inherits the socket as descriptor 3. */
async function startProcesses(): Promise<() => Promise<void>> {
  const flags = process.versions.deno === undefined
    ? process.execArgv
    : ["run", "--allow-ffi", "--allow-env"];
  const children: ChildProcess[] = indexes.map((index) =>
    spawn(process.execPath, [...flags, program, String(index)], {
      stdio: ["ignore", "pipe", "inherit", listener],
    })
  );
  await Promise.all(children.map((child) => once(child.stdout!, "data")));
  return async () => {
    const gone = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(gone);
  };
}
