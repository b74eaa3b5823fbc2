/**
 * Waits for a ready descriptor in an otherwise idle process, while other waits stay pending. The
 * arguments are the driver, the number of pending waits, and the number of measured ones.
 */

import { setTimeout } from "node:timers/promises";
import { EpollIOManager } from "@fdready/fdready";
import { pipe, socketpair } from "@fdready/fdready/os";
import { driverArgument, finish, numberArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const [ready] = socketpair();
const idleCount = numberArgument(2);
const count = numberArgument(3);

for (let i = 0; i < idleCount; i++) manager.waitReadable(pipe()[0]);

const times: number[] = [];
for (let i = 0; i < 2 * count; i++) {
  // By then, earlier polling has ended.
  await setTimeout(1);
  const start = performance.now();
  await manager.waitWritable(ready);
  times.push((performance.now() - start) * 1000);
}
const measured = times.slice(count).sort((a, b) => a - b);
finish({ wait: measured[count >> 1]! });
