/** Ends through a handler of uncaught errors that throws, while the manager sleeps. */

import process from "node:process";
import { setTimeout } from "node:timers";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { threadsPolling, until } from "../support/threads.ts";
import { asleep } from "../support/waits.ts";

const driver = process.argv[2] as EpollIOManagerOptions["driver"];
process.on("uncaughtException", () => {
  throw new Error("thrown by the handler");
});
const manager = new EpollIOManager({ driver });
void manager.waitReadable(pipe()[0]);
await asleep(manager);
if (driver === "thread") await until(() => threadsPolling(2).size > 0);
setTimeout(() => {
  throw new Error("uncaught");
});
