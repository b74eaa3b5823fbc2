/** Tries to exit, which a listener of "exit" prevents, and continues its waits. */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { poke } from "../support/fds.ts";
import { asleep } from "../support/waits.ts";

const driver = process.argv[2] as EpollIOManagerOptions["driver"];
const manager = new EpollIOManager({ driver });
const pipes = [pipe(), pipe(), pipe()];
const waits: Promise<void>[] = [];

function waitForNext(): void {
  const [reader] = pipes[waits.length]!;
  waits.push(manager.waitReadable(reader));
}

waitForNext();
await asleep(manager);
process.once("exit", () => {
  waitForNext();
  throw new Error("prevented");
});
try {
  process.exit();
} catch (error) {
  console.log((error as Error).message);
}
waitForNext();
await asleep(manager);
for (const [, writer] of pipes) poke(writer);
await Promise.all(waits);
console.log("resolved");
