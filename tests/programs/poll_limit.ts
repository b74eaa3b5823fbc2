/**
 * A sandbox forbids descriptors while a manager sleeps. poll(2) then refuses more than it allows.
 */

import process from "node:process";
import { EpollIOManager, type SystemError } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
// Deno opens what it needs for signals now, since it panics if it can't do that later.
import "../support/fds.ts";
import { setDescriptorLimit } from "../support/libc.ts";
import { threadsPolling, until } from "../support/threads.ts";

const manager = new EpollIOManager({ driver: "thread" });
const [reader] = pipe();
const waiting = manager.waitReadable(reader).then(
  () => console.log("resolved"),
  ({ code, syscall }: SystemError) => console.log(code, syscall),
);
// The thread polls the manager's instance, or the eventfd of AIO, and its own eventfd.
await until(() => threadsPolling(2).size === 1);
setDescriptorLimit(1);
manager.forceWakeup();
await waiting;
process.exit(0);
