/**
 * The CPU time of a process with pending waits and no events. The arguments are the driver, the
 * number of waits, which is 0 for the runtime alone, and the time in seconds.
 */

import process from "node:process";
import { EpollIOManager } from "@fdready/fdready";
import { dup, pipe } from "@fdready/fdready/os";
import { driverArgument, finish, numberArgument } from "./support.ts";

const waits = numberArgument(2);
const seconds = numberArgument(3);

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

if (waits > 0) {
  const manager = new EpollIOManager({ driver: driverArgument() });
  const [end] = pipe();
  for (let i = 0; i < waits; i++) manager.waitReadable(dup(end));
}
// JIT compilers and collectors still have work left from the start.
await sleep(1000);
const before = process.cpuUsage();
await sleep(seconds * 1000);
const { user, system } = process.cpuUsage(before);
finish({ cpu: (user + system) / 1000 });
