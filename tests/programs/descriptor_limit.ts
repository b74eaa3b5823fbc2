/**
 * Uses a manager when there are 0, 1, 2 … descriptors left. Prints the outcome for each number as
 * JSON: whether it worked or the error's code. Fails if other descriptors are open after it.
 */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions, openWakeup, SystemError } from "../../mod.ts";
import { close, dup, pipe } from "../../src/os/mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { drain, poke } from "../support/fds.ts";
import { descriptorLimit, poll, setDescriptorLimit } from "../support/libc.ts";
import { sleep, until } from "../support/event_loop.ts";

const driver = process.argv[2] as EpollIOManagerOptions["driver"];
const mostLeft = 15;

/** Descriptors that use up the limit. */
const ballast: number[] = [];
const [reader, writer] = pipe();
/** All possible numbers. `poll()` finds out which are open, and needs no descriptor for that. */
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
      const poked = sleep(1).then(() => poke(writer));
      await Promise.all([manager.waitReadable(reader), poked]);
      drain(reader);
    }
    return `used ${manager.statistics().driver}`;
  } catch (error) {
    return codeOf(error);
  } finally {
    await manager.close();
  }
}

using _guard = new CloseGuard();

// Opens what is opened once and kept, by the runtime too.
await use();
drain(reader);

setDescriptorLimit(countOpen() + mostLeft + 50);
numbers.length = descriptorLimit().soft;
for (;;) {
  try {
    ballast.push(dup(reader));
  } catch (error) {
    if (error instanceof SystemError && error.code === "EMFILE") break;
    throw error;
  }
}

const outcomes: { left: number; outcome: string }[] = [];
for (let left = 0; left <= mostLeft; left++) {
  const before = countOpen();
  const outcome = await use();
  await until(
    () => countOpen() <= before,
    () => new Error(`With ${left} left, others are open after it`),
  );
  outcomes.push({ left, outcome });
  drain(reader);
  close(ballast.pop()!);
}
for (const fd of ballast) close(fd);
console.log(JSON.stringify(outcomes));
