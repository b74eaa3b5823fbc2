/** The memory of pending waits with fdready. Arguments: the driver, how many. */

import { EpollIOManager } from "@fdready/fdready";
import { descriptors, measure } from "./memory.ts";
import { driverArgument, finish, numberArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const fds = descriptors(numberArgument(2));

finish({ ...await measure(fds, async (fd) => await manager.waitReadable(fd)) });
