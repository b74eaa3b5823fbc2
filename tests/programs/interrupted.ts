/**
 * Is blocked in `getEvents` when a signal comes, after another manager's doorbell has rung. A program of
 * its own, since the kernel hands signals to its main thread.
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { EpollIOManager } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";

process.on("SIGUSR2", () => {});
await using manager = new EpollIOManager({ driver: "manual" });
await using other = new EpollIOManager({ busyPoll: 0 });
const [from, to] = pipe();
const wait = other.waitReadable(from);
// By then its doorbell is armed.
await sleep(50);
spawn("sh", ["-c", `sleep 0.2; kill -USR2 ${process.pid}`], { stdio: "ignore" });
write(to, new Uint8Array(1));
const started = performance.now();
const { length } = manager.getEvents(30_000);
console.log(length, performance.now() - started < 15_000 ? "in time" : "too late");
await wait;
process.exit();
