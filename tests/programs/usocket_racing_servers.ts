/** Two threads listen on a path where a socket was left behind, at the same moment, many times over. */

import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { UServer } from "../../packages/usocket/mod.ts";

const rounds = 100;

interface Race {
  readonly path: string;
  /** How many threads are ready for round n, and then how many have ended it. */
  readonly gates: Int32Array;
}

/** Waits, busily, until both have come to the gate. */
function pass(gates: Int32Array, gate: number): void {
  Atomics.add(gates, gate, 1);
  const limit = performance.now() + 10_000;
  while (Atomics.load(gates, gate) < 2) {
    if (performance.now() > limit) throw new Error("The other thread doesn't come");
  }
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
    // Its file stays behind.
    server.close();
  }
  return outcomes;
}

if (isMainThread) {
  const path = process.argv[2]!;
  const gates = new Int32Array(new SharedArrayBuffer(4 * 2 * rounds));
  const first = new UServer();
  await once(first.listen(path), "listening");
  first.close();
  if (!existsSync(path)) throw new Error("Nothing was left behind");
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, gates } });
  await once(worker, "message");
  worker.postMessage("go");
  const theirs = once(worker, "message");
  const ours = await race({ path, gates });
  const [others] = await theirs;
  const wrong = ours.filter((outcome, round) =>
    [outcome, others[round]].sort().join() !== "EADDRINUSE,listening"
  );
  console.log(
    wrong.length === 0
      ? `${rounds} rounds, one listened in each`
      : `${wrong.length} rounds were wrong: ${ours} ${others}`,
  );
} else {
  parentPort!.once("message", async () => parentPort!.postMessage(await race(workerData)));
  parentPort!.postMessage("ready");
}
