/**
 * Blocks in `getEvents` until a signal comes, after the doorbell of another manager has rung. It is
 * a separate program because the kernel delivers signals to the main thread.
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { EpollIOManager } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";
import { asleep } from "../support/waits.ts";

const timeout = 120_000;
process.on("SIGUSR2", () => {});
await using manager = new EpollIOManager({ driver: "manual" });
await using other = new EpollIOManager({ busyPoll: 0 });
const [reader, writer] = pipe();
const wait = other.waitReadable(reader);
await asleep(other);
// Until one comes while this blocks.
const signals = `while kill -USR2 ${process.pid}; do sleep 0.2; done`;
const child = spawn("sh", ["-c", signals], { stdio: "ignore" });
write(writer, new Uint8Array(1));
const started = performance.now();
const { length } = manager.getEvents(timeout);
console.log(length, performance.now() - started < timeout ? "in time" : "too late");
child.kill();
await wait;
