/**
 * Passes bytes back and forth as fast as it can while signals arrive. On SIGWINCH, prints as JSON
 * how many round trips and signals there were. Prints "enough" after more than 1,000 and 100 of
 * them.
 */

import process from "node:process";
import { setTimeout } from "node:timers";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { socketpair, write } from "../../src/os/mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { countFds, drain, leakedFds, poke } from "../support/fds.ts";
import { longestWait, turn } from "../support/event_loop.ts";

const driver = process.argv[2] as EpollIOManagerOptions["driver"];
const pairs = 8;

let signals = 0;
let over = false;
process.on("SIGUSR2", () => signals++);
process.on("SIGWINCH", () => over = true);
// In case nothing sends the signal.
setTimeout(() => over = true, longestWait).unref();

const ends = Array.from({ length: pairs }, () => socketpair());
const before = countFds();
using _guard = new CloseGuard();
const manager = new EpollIOManager({ driver, busyPoll: 0 });
const roundTrips = new Array<number>(pairs).fill(0);

let enough = false;

/** Prints "enough", once, when the totals are meaningful. */
function sayWhenEnough(): void {
  if (enough || total() <= 1000 || signals <= 100) return;
  enough = true;
  console.log("enough");
}

function total(): number {
  return roundTrips.reduce((sum, count) => sum + count, 0);
}

/** Answers every byte. */
async function answer(fd: number): Promise<void> {
  for (;;) {
    await manager.waitReadable(fd);
    if (drain(fd) > 1) return;
    poke(fd);
  }
}

/** Sends a byte and waits for the answer. Now and then lets the manager sleep. */
async function ask(fd: number, index: number): Promise<void> {
  while (!over) {
    poke(fd);
    await manager.waitReadable(fd);
    if (drain(fd) !== 1) throw new Error("An answer was lost");
    roundTrips[index]!++;
    if (roundTrips[index]! % 100 !== 0) continue;
    sayWhenEnough();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  write(fd, new Uint8Array(2));
}

/** Runs a manual manager. It blocks for a while each time, so that signals interrupt it. */
async function pump(): Promise<void> {
  while (!finished) {
    manager.processEvents(manager.getEvents(1));
    await turn();
  }
}

let finished = false;
console.log("started");
const pumped = driver === "manual" ? pump() : undefined;
const answers = ends.map(([, other]) => answer(other));
await Promise.all(ends.map(([one], index) => ask(one, index)));
await Promise.all(answers);
finished = true;
await pumped;
await manager.close();
const stuck = roundTrips.filter((count) => count === 0).length;
const leaked = await leakedFds(before);
console.log(JSON.stringify({ total: total(), stuck, signals, leaked }));
