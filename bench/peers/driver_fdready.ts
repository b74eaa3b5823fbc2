/** Prints the driver of a manager that requests the one in the argument. */

import { EpollIOManager } from "@fdready/fdready";
import { driverArgument, finish } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
finish({ driver: manager.statistics().driver });
