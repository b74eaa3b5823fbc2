/** A sandbox forbids descriptors while a manager sleeps. poll(2) then refuses more than it allows. */

import process from "node:process";
import { EpollIOManager, type SystemError } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { setDescriptorLimit } from "../support/libc.ts";

const manager = new EpollIOManager({ driver: "thread" });
const [reader] = pipe();
const waiting = manager.waitReadable(reader).then(
  () => console.log("resolved"),
  ({ code, syscall }: SystemError) => console.log(code, syscall),
);
// The driver sleeps when its thread waits.
await manager.waitReady(reader, { timeout: 100 });
setDescriptorLimit(1);
manager.forceWakeup();
await waiting;
process.exit(0);
