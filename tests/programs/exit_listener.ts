/** Listens for "exit" before it opens a manager, and ends while the manager sleeps. */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";
import { threadsPolling, until } from "../support/threads.ts";
import { asleep } from "../support/waits.ts";

const [way, driver] = process.argv.slice(2);
const [reader, writer] = pipe();

process.on("uncaughtException", ({ message }) => console.log("handled", message));
process.once("exit", () => {
  // An event may reach a doorbell that goes on, but it would let a thread end.
  if (driver !== "thread") write(writer, new Uint8Array(1));
  if (way === "throws") throw new Error("an error at the end");
  process.exit(5);
});
const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
void manager.waitReadable(reader, { ref: false });
await asleep(manager);
if (driver === "thread") await until(() => threadsPolling(2).size > 0);
