/** Makes its first manager after an exit that a listener of "exit" has prevented. */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { wakeFromSleep } from "../support/waits.ts";

process.once("exit", () => {
  throw new Error("prevented");
});
try {
  process.exit();
} catch (error) {
  console.log((error as Error).message);
}
const manager = new EpollIOManager({ driver: process.argv[2] } as EpollIOManagerOptions);
await wakeFromSleep(manager, ...pipe());
console.log("resolved");
