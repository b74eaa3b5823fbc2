/**
 * Uses a manager when there are 0, 1, 2 … descriptors left, and prints for each number what came of
 * it, as JSON: an error's code for what was refused, and how many descriptors were left behind.
 */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions, openWakeup, SystemError } from "../../mod.ts";
import { close, dup, pipe } from "../../src/os/mod.ts";
import { drain, poke } from "../support/fds.ts";
import { descriptorLimit, poll, setDescriptorLimit } from "../support/libc.ts";
import { sleep } from "../support/event_loop.ts";

const driver = process.argv[2] as EpollIOManagerOptions["driver"];
const most = 12;

/** Descriptors that take up the room. */
const ballast: number[] = [];
const [from, to] = pipe();
/** All numbers that there may be, to look at what is open without opening anything. */
const numbers = Array.from({ length: descriptorLimit().soft }, (_, number) => number);

function countOpen(): number {
  const POLLNVAL = 0x020;
  return poll(numbers).filter((answer) => (answer & POLLNVAL) === 0).length;
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof SystemError ? `${cause.code} ${cause.syscall}` : String(error);
}

async function use(): Promise<string> {
  let manager;
  try {
    manager = new EpollIOManager({ driver, busyPoll: 0 });
  } catch (error) {
    return codeOf(error);
  }
  try {
    using _remote = openWakeup(manager.wakeupHandle());
    if (driver === "manual") return "used";
    for (let round = 0; round < 2; round++) {
      const poked = sleep(1).then(() => poke(to));
      await Promise.all([manager.waitReadable(from), poked]);
      drain(from);
    }
    return `used ${manager.statistics().driver}`;
  } catch (error) {
    return codeOf(error);
  } finally {
    await manager.close();
  }
}

// What is opened once and stays, the runtime's things too, is opened before.
await use();
drain(from);
await sleep(1000);

setDescriptorLimit(countOpen() + most + 50);
numbers.length = descriptorLimit().soft;
for (;;) {
  try {
    ballast.push(dup(from));
  } catch (error) {
    if (error instanceof SystemError && error.code === "EMFILE") break;
    throw error;
  }
}

const outcomes: { left: number; outcome: string; leaked: number }[] = [];
for (let left = 0; left <= most; left++) {
  const before = countOpen();
  const outcome = await use();
  outcomes.push({ left, outcome, leaked: countOpen() - before });
  drain(from);
  close(ballast.pop()!);
}
for (const number of ballast) close(number);
console.log(JSON.stringify(outcomes));
