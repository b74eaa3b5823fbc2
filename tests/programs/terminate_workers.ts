/**
 * Terminates Workers at random points while they wait. Arguments: the driver of the manager that each
 * waits by, or "exclusive" for an exclusive waiter, and how many Workers.
 * Prints, as JSON, how many descriptors they left behind, once it has seen that a manager of its own
 * still works.
 */

import { readdirSync, readlinkSync } from "node:fs";
import process from "node:process";
import {
  EpollIOManager,
  type EpollIOManagerOptions,
  openWakeup,
  Wakeup,
  type WakeupHandle,
} from "../../mod.ts";
import { close, socketpair, timerfd } from "../../src/os/mod.ts";
import { Random } from "../support/random.ts";
import { sleep } from "../support/event_loop.ts";
import { startWorker } from "../support/workers.ts";

const [means, count] = process.argv.slice(2);
const waiting = means === "exclusive"
  ? { exclusive: true }
  : { options: { driver: means } as EpollIOManagerOptions };
const random = new Random(20);
const atOnce = 5;
/** They could wake this, and are woken in turn. */
using wakeup = new Wakeup();
/** What all of them wait for: it never comes. */
const [fd, peer] = socketpair();

/** The process's open descriptors, but for files: Deno opens some for its caches, whenever it likes. */
function countFds(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return !readlinkSync(`/proc/self/fd/${fd}`).startsWith("/");
    } catch {
      return false; // it was the one that listed them
    }
  }).length;
}

function isHandle(answer: unknown): answer is WakeupHandle {
  return typeof answer === "object" && answer !== null;
}

async function terminateOne(): Promise<void> {
  using worker = startWorker("wait_forever");
  worker.postMessage({ fd, ...waiting, handle: wakeup.handle() });
  // Some are gone before they have made their manager, some long after.
  const ready = worker.next().catch(() => {});
  const answer = random.next() < 0.8 ? await ready : undefined;
  using remote = isHandle(answer) ? openWakeup(answer) : undefined;
  remote?.wake();
  await sleep(random.below(8));
}

async function terminate(total: number): Promise<void> {
  for (let done = 0; done < total; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, terminateOne));
  }
}

await terminate(atOnce);
await sleep(2000);
const before = countFds();
await terminate(Number(count));
// A doorbell's thread may take 5 seconds to go.
for (let round = 0; round < 100 && countFds() > before; round++) await sleep(100);
const left = Math.max(0, countFds() - before);

const manager = new EpollIOManager(waiting.options);
const timer = timerfd({ initial: 1 });
await manager.waitReadable(timer);
await manager.close();
for (const open of [timer, fd, peer]) close(open);
console.log(JSON.stringify({ left }));
