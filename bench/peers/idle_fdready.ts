/**
 * The CPU time that a process uses while its waits are pending and nothing happens. Arguments: the
 * driver, how many waits (none: what the runtime uses by itself), for how many seconds.
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
// Compilers and collectors still have work left over from the start.
await sleep(1000);
const before = process.cpuUsage();
await sleep(seconds * 1000);
const { user, system } = process.cpuUsage(before);
finish({ cpu: (user + system) / 1000 });
