/**
 * Measures the runtime's own tasks beside descriptors that are always ready. Arguments: the driver,
 * the number of descriptors, 1 to watch them or 0 to wait, and the work for each event in ms.
 */

import { EpollIOManager } from "@fdready/fdready";
import { socketpair } from "@fdready/fdready/os";
import { measureTasks, work } from "./fairness_support.ts";
import { driverArgument, numberArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const count = numberArgument(2);
const watches = numberArgument(3) === 1;
const milliseconds = numberArgument(4);

async function keepWaiting(fd: number): Promise<void> {
  for (;;) {
    await manager.waitWritable(fd);
    work(milliseconds);
  }
}

for (let n = 0; n < count; n++) {
  const [fd] = socketpair();
  if (watches) manager.watch(fd, { writable: true }, () => work(milliseconds));
  else void keepWaiting(fd);
}
await measureTasks();
