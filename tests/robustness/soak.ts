/** A mixed load for a long time, with regular figures. */

import process from "node:process";
import { runtimeNames } from "../../_tools/runner/runtimes.ts";
import { misuse, readCommandLine } from "../../examples/support/command_line.ts";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { countFds } from "../support/fds.ts";
import { residentMemory } from "../support/memory.ts";
import { Pool } from "../support/pool.ts";
import { runtime } from "../support/programs.ts";
import { record, resultsFolder } from "../support/record.ts";
import { Random } from "../support/random.ts";
import { sleep } from "../support/event_loop.ts";

const usage = `
deno task soak [options]

Runs a mixed load for a long time on each runtime, and prints figures regularly.

  --minutes N                   how long, on each runtime; the default is 10
  --driver auto|uring|thread    the default is auto
  --runtime name               run it on this runtime only
  --results                     write the figures to tests/results
`;

const { values } = readCommandLine(usage, {
  minutes: { type: "string", default: "10" },
  driver: { type: "string", default: "auto" },
  runtime: { type: "string" },
  results: { type: "boolean", default: false },
});
const milliseconds = Number(values.minutes) * 60_000;
const driver = (["auto", "uring", "thread"] as const).find((driver) => driver === values.driver) ??
  misuse(`--driver takes auto, uring or thread, not "${values.driver}"`);
if (!(milliseconds >= 0)) misuse(`--minutes takes a number, not "${values.minutes}"`);
const only = values.runtime ?? runtime;
if (!runtimeNames.some((name) => name === only)) {
  misuse(`--runtime takes ${runtimeNames.join(" or ")}, not "${only}"`);
}

const poolSize = 1000;
/** How often to print figures, in ms. */
const period = 10_000;

if (only === runtime) await soak();

async function soak(): Promise<void> {
  const options: EpollIOManagerOptions = { driver };
  const random = new Random(1);
  const total = { events: 0, lost: 0, managers: 0 };
  await life(options, random, total);
  await residentMemory();
  const fds = countFds();
  const started = performance.now();
  let early: number | undefined;
  for (let told = 0; performance.now() - started < milliseconds;) {
    await life(options, random, total);
    const elapsed = performance.now() - started;
    if (elapsed - told < period) continue;
    told = elapsed;
    const memory = await tell(elapsed, total, fds);
    early ??= memory;
  }
  const seconds = (performance.now() - started) / 1000;
  const late = await tell(1000 * seconds, total, fds);
  const { events, lost } = total;
  const leaked = countFds() - fds;
  if (lost !== 0 || leaked !== 0) process.exitCode = 1;
  if (!values.results) return;
  const figures = { seconds: Math.round(seconds), events, lost, leaked };
  record("soak", driver, { ...figures, early: early ?? late, late }, resultsFolder);
}

/** Prints figures. Returns the memory in bytes. */
async function tell(
  elapsed: number,
  total: { events: number; lost: number; managers: number },
  fds: number,
): Promise<number> {
  const memory = await residentMemory();
  const megabytes = (memory / 1e6).toFixed(1);
  console.log(
    `${runtime} ${driver} ${(elapsed / 1000).toFixed(0).padStart(5)} s  ` +
      `${total.events} events, ${total.lost} lost, ${total.managers} managers, ` +
      `${countFds() - fds} descriptors more than at the start, ${megabytes} MB`,
  );
  return memory;
}

/** Uses one manager from its creation to its close: bursts, trickles and pauses at random. */
async function life(
  options: EpollIOManagerOptions,
  random: Random,
  total: { events: number; lost: number; managers: number },
): Promise<void> {
  const manager = new EpollIOManager(options);
  const pool = new Pool(manager, poolSize);
  for (let round = 0; round < 100; round++) {
    const count = random.next() < 0.5 ? random.below(10) : random.below(2 * poolSize);
    for (let post = 0; post < count; post++) pool.post(random.below(poolSize));
    await pool.settled();
    if (random.next() < 0.2) await sleep(random.below(5));
  }
  await pool.close();
  await manager.close();
  total.events += pool.events;
  total.lost += pool.posted - pool.taken;
  total.managers++;
}
