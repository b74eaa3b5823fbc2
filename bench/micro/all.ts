/** All benchmarks of `deno task bench`. */

import type { Micro } from "../support/micro.ts";
import { abort } from "./abort.ts";
import { armByAdd, armByMod } from "./arm.ts";
import { cycle } from "./cycle.ts";
import { poll } from "./poll.ts";
import { receive } from "./recvmsg.ts";
import { wake } from "./wake.ts";

/** Each group begins with its baseline. */
export const micros: readonly (readonly Micro[])[] = [
  armByMod(),
  armByAdd(),
  poll(),
  cycle(),
  wake(),
  receive(),
  abort(),
];
