/**
 * The memory of pending waits with fdready. The arguments are the driver and the number of waits.
 */

import { EpollIOManager } from "@fdready/fdready";
import { descriptors, measure } from "./memory.ts";
import { driverArgument, finish, numberArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const fds = descriptors(numberArgument(2));

finish({ ...await measure(fds, async (fd) => await manager.waitReadable(fd)) });
