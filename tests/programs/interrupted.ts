/**
 * Blocks in `getEvents` until a signal comes, after the doorbell of another manager has rung. It is
 * a separate program because the kernel delivers signals to the main thread.
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { EpollIOManager } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";
import { asleep } from "../support/waits.ts";

process.on("SIGUSR2", () => {});
await using manager = new EpollIOManager({ driver: "manual" });
await using other = new EpollIOManager({ busyPoll: 0 });
const [reader, writer] = pipe();
const wait = other.waitReadable(reader);
await asleep(other);
// Several, because on a busy machine the first one may come before this blocks.
const signals = `for n in 1 2 3 4 5 6 7 8 9; do sleep 0.2; kill -USR2 ${process.pid} || exit; done`;
spawn("sh", ["-c", signals], { stdio: "ignore" });
write(writer, new Uint8Array(1));
const started = performance.now();
const { length } = manager.getEvents(30_000);
console.log(length, performance.now() - started < 15_000 ? "in time" : "too late");
await wait;
