/** Echoes data from fd 3, waiting with fdready. The argument is the driver. */

import { EpollIOManager } from "@fdready/fdready";
import { read, write } from "@fdready/fdready/os";
import { driverArgument } from "./support.ts";

const fd = 3;
const buffer = new Uint8Array(64);
await using manager = new EpollIOManager({ driver: driverArgument() });

for (;;) {
  await manager.waitReadable(fd);
  const count = read(fd, buffer);
  if (count === 0) break;
  if (count !== undefined) write(fd, buffer.subarray(0, count));
}
