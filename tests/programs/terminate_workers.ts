/**
 * Terminates Workers at random points, beside four that keep working. The arguments are the driver
 * of the Workers' managers, the number of Workers, the number of descriptors that is too many to be
 * left, and the Workers' activities: see `work_until_terminated.ts`.
 *
 * Prints, as JSON, how many descriptors the terminated ones left behind, and how many rounds each
 * of the four made in the meantime.
 */

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
import { longestWait, sleep, until } from "../support/event_loop.ts";
import { noMoreThan, openFiles } from "../support/fds.ts";
import { startWorker } from "../support/workers.ts";
import type { Bystander } from "./workers/bystander.ts";
import type { Activity, Work } from "./workers/work_until_terminated.ts";

const [driver, count, tooMany, ...activities] = process.argv.slice(2);
const options = { driver } as EpollIOManagerOptions;
const random = new Random(20);
const concurrency = 10;
const bystanderCount = 4;

/** The Workers wake this, and are woken in turn. */
using wakeup = new Wakeup();
const [socket, peer] = socketpair();
const timer = timerfd({ initial: 1, interval: 1 });

/** The open descriptors except files, because Deno opens cache files at any time. */
function listFds(): string[] {
  return [...openFiles()].flatMap(([fd, file]) => file.startsWith("/") ? [] : [`${fd} ${file}`]);
}

/** Resolves to the number of descriptors once it has stayed the same for a while. */
async function settledFds(): Promise<number> {
  let last = -1;
  for (let same = 0; same < 25; same++) {
    const now = listFds().length;
    if (now !== last) same = 0;
    last = now;
    await sleep(20);
  }
  return last;
}

function isHandle(answer: unknown): answer is WakeupHandle {
  return typeof answer === "object" && answer !== null;
}

async function terminateOne(number: number): Promise<void> {
  using worker = startWorker("work_until_terminated");
  const activity = activities[number % activities.length] as Activity;
  const work: Work = { activity, socket, timer, options, handle: wakeup.handle() };
  worker.postMessage(work);
  // Some are terminated before they have made their manager, some long after.
  const ready = worker.next().catch(() => {});
  const answer = random.next() < 0.8 ? await ready : undefined;
  using remote = isHandle(answer) ? openWakeup(answer) : undefined;
  remote?.wake();
  await sleep(random.below(8));
}

async function terminateAll(): Promise<void> {
  for (let done = 0; done < Number(count); done += concurrency) {
    await Promise.all(Array.from({ length: concurrency }, (_, n) => terminateOne(done + n)));
  }
}

/** Opens what the runtime opens for the first Worker and keeps. */
async function warmUp(): Promise<void> {
  using worker = startWorker("use_manager");
  worker.postMessage({});
  await worker.next();
}

/** Runs `body` beside Workers that keep working. Returns the rounds that each has made. */
async function besideOthers(body: () => Promise<void>): Promise<number[]> {
  const rounds = new SharedArrayBuffer(4 * bystanderCount);
  const counters = new Int32Array(rounds);
  const workers = Array.from({ length: bystanderCount }, () => startWorker("bystander"));
  workers.forEach((worker, index) => {
    const bystander: Bystander = { options, rounds, index };
    worker.postMessage(bystander);
  });
  const endings = workers.map((worker) => worker.next());
  const made = () => Array.from(counters);
  await until(() => made().every((rounds) => rounds > 0), () => new Error("A bystander hangs"));
  const before = made();
  const haveGoneOn = () => made().every((rounds, index) => rounds > before[index]!);
  const started = performance.now();
  do await body(); while (!haveGoneOn() && performance.now() - started < longestWait);
  const meanwhile = made().map((rounds, index) => rounds - before[index]!);
  const after = made();
  const goOn = () => made().every((rounds, index) => rounds > after[index]!);
  await until(goOn, () => new Error(`A bystander hangs: ${after}, ${made()}`));
  for (const worker of workers) worker.postMessage("stop");
  for (const ending of await Promise.all(endings)) if (ending !== "closed") throw ending;
  for (const worker of workers) worker.terminate();
  return meanwhile;
}

await warmUp();
const before = await settledFds();
const rounds = await besideOthers(terminateAll);
await noMoreThan(before + Number(tooMany) - 1, listFds, String);
const left = Math.max(0, (await settledFds()) - before);

const manager = new EpollIOManager(options);
await manager.waitReadable(timer);
await manager.close();
for (const fd of [timer, socket, peer]) close(fd);
console.log(JSON.stringify({ left, rounds }));
