/** All that `deno task bench` measures. */

import type { Micro } from "../support/micro.ts";
import { abort } from "./abort.ts";
import { armByAdd, armByMod } from "./arm.ts";
import { cycle } from "./cycle.ts";
import { poll } from "./poll.ts";
import { receive } from "./recvmsg.ts";
import { wake } from "./wake.ts";

/** In groups, each of which begins with its baseline. */
export const micros: readonly (readonly Micro[])[] = [
  armByMod(),
  armByAdd(),
  poll(),
  cycle(),
  wake(),
  receive(),
  abort(),
];
