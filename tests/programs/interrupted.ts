/**
 * Blocks in `getEvents` until a signal comes, after the doorbell of another manager has rung. It is
 * a separate program because the kernel delivers signals to the main thread.
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { EpollIOManager } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";
import { longestWait } from "../support/event_loop.ts";
import { asleep } from "../support/waits.ts";

process.on("SIGUSR2", () => {});
await using manager = new EpollIOManager({ driver: "manual" });
await using other = new EpollIOManager({ busyPoll: 0 });
const [reader, writer] = pipe();
const wait = other.waitReadable(reader);
await asleep(other);
// The shell sends signals until one comes while this blocks.
const signals = `while sleep 0.2 && kill -USR2 ${process.pid}; do :; done`;
const child = spawn("sh", ["-c", signals], { stdio: "ignore" });
write(writer, new Uint8Array(1));
const started = performance.now();
const { length } = manager.getEvents(longestWait);
console.log(length, performance.now() - started < longestWait ? "in time" : "too late");
child.kill();
await wait;
