/**
 * Terminates Workers at random points while managers of theirs wait. Arguments: the driver, how many.
 * Prints, as JSON, how many descriptors each of them left behind, once it has seen that a manager of
 * its own still works.
 */

import { readdirSync } from "node:fs";
import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { timerfd } from "../../src/os/mod.ts";
import { Random } from "../support/random.ts";
import { startWorker } from "../support/workers.ts";

const [driver, count] = process.argv.slice(2);
const options = { driver } as EpollIOManagerOptions;
const random = new Random(20);
const atOnce = 5;

function countFds(): number {
  return readdirSync("/proc/self/fd").length;
}

async function terminateOne(): Promise<void> {
  using worker = startWorker("waiting");
  worker.postMessage(options);
  // Some are gone before they have made their manager, some long after.
  const ready = worker.next().catch(() => {});
  if (random.next() < 0.8) await ready;
  await new Promise((resolve) => setTimeout(resolve, random.below(4)));
}

async function terminate(total: number): Promise<void> {
  for (let done = 0; done < total; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, terminateOne));
  }
}

await terminate(atOnce);
const before = countFds();
await terminate(Number(count));
const left = (countFds() - before) / Number(count);

const manager = new EpollIOManager(options);
await manager.waitReadable(timerfd({ initial: 1 }));
await manager.close();
console.log(JSON.stringify({ left }));
