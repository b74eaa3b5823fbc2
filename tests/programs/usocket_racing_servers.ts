/**
 * Two threads listen at the same moment, where a socket was left behind. They do that many times,
 * on the same path or on two.
 */

import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { UServer } from "../../packages/usocket/mod.ts";
import { spinUntil } from "../support/event_loop.ts";

const rounds = 100;

interface Race {
  readonly path: string;
  /** The number of threads that are ready for each round, and that have ended it. */
  readonly gates: Int32Array;
}

/** Spins until both threads have come to the gate. */
function pass(gates: Int32Array, gate: number): void {
  Atomics.add(gates, gate, 1);
  const isOpen = () => Atomics.load(gates, gate) === 2;
  spinUntil(isOpen, () => new Error("The other thread doesn't come"));
}

async function race({ path, gates }: Race): Promise<string[]> {
  const outcomes: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = new UServer();
    pass(gates, 2 * round);
    const heard = new Promise<string>((resolve) => {
      server.on("error", (error) => resolve(error.code));
      server.listen(path, () => resolve("listening"));
    });
    outcomes.push(await heard);
    pass(gates, 2 * round + 1);
    // The file of the socket stays behind.
    server.close();
  }
  return outcomes;
}

if (isMainThread) {
  const [path, other = path] = process.argv.slice(2) as [string, string?];
  const gates = new Int32Array(new SharedArrayBuffer(4 * 2 * rounds));
  for (const left of new Set([path, other])) {
    const server = new UServer();
    await once(server.listen(left), "listening");
    server.close();
    if (!existsSync(left)) throw new Error("Nothing was left behind");
  }
  const worker = new Worker(new URL(import.meta.url), { workerData: { path: other, gates } });
  await once(worker, "message");
  worker.postMessage("go");
  const theirs = once(worker, "message");
  const ours = await race({ path, gates });
  const [others] = await theirs;
  const [expected, words] = path === other
    ? ["EADDRINUSE,listening", "one listened"]
    : ["listening,listening", "both listened"];
  const wrong = ours.filter((outcome, round) =>
    [outcome, others[round]].sort().join() !== expected
  );
  console.log(
    wrong.length === 0
      ? `${rounds} rounds, ${words} in each`
      : `${wrong.length} rounds were wrong: ${ours} ${others}`,
  );
} else {
  parentPort!.once("message", async () => parentPort!.postMessage(await race(workerData)));
  parentPort!.postMessage("ready");
}
