/**
 * Terminates Workers at random points while they wait. The arguments are the driver of each
 * Worker's manager, or "exclusive" for an exclusive waiter, and the number of Workers.
 *
 * Prints the number of descriptors that they left behind, as JSON, after a manager of this thread
 * has worked.
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
import "../support/fds.ts";
import { startWorker } from "../support/workers.ts";

const [means, count] = process.argv.slice(2);
const waiting = means === "exclusive"
  ? { exclusive: true }
  : { options: { driver: means } as EpollIOManagerOptions };
const random = new Random(20);
const concurrency = 5;

/** How long descriptors may stay open after their Worker has ended, in ms. */
const patience = 60_000;

/** The Workers wake this, and are woken in turn. */
using wakeup = new Wakeup();
/** All Workers wait for `fd`, which never becomes readable. */
const [fd, peer] = socketpair();

/** The number of open descriptors except files, because Deno opens cache files at any time. */
function countFds(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return !readlinkSync(`/proc/self/fd/${fd}`).startsWith("/");
    } catch {
      return false; // it was the one that listed the folder
    }
  }).length;
}

function isHandle(answer: unknown): answer is WakeupHandle {
  return typeof answer === "object" && answer !== null;
}

async function terminateOne(): Promise<void> {
  using worker = startWorker("wait_forever");
  worker.postMessage({ fd, ...waiting, handle: wakeup.handle() });
  // Some are terminated before they have made their manager, some long after.
  const ready = worker.next().catch(() => {});
  const answer = random.next() < 0.8 ? await ready : undefined;
  using remote = isHandle(answer) ? openWakeup(answer) : undefined;
  remote?.wake();
  await sleep(random.below(8));
}

/** Opens what the runtime opens for the first Worker and keeps. */
async function warmUp(): Promise<void> {
  using worker = startWorker("use_manager");
  worker.postMessage({});
  await worker.next();
}

await warmUp();
let before = countFds();
for (let done = 0; done < Number(count); done += concurrency) {
  await Promise.all(Array.from({ length: concurrency }, terminateOne));
  // The first Worker may have been closing its own until now. A leak never lowers the number.
  before = Math.min(before, countFds());
}
const ended = performance.now();
while (countFds() > before && performance.now() - ended < patience) await sleep(20);
const left = Math.max(0, countFds() - before);

const manager = new EpollIOManager(waiting.options);
const timer = timerfd({ initial: 1 });
await manager.waitReadable(timer);
await manager.close();
for (const open of [timer, fd, peer]) close(open);
console.log(JSON.stringify({ left }));
