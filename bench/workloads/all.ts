/** All workloads. */

import { misuse } from "../../examples/support/command_line.ts";
import type { Workload } from "../support/workload.ts";
import { beside } from "./beside.ts";
import { echoApart, echoIdle, echoSame } from "./echo.ts";
import { fairness } from "./fairness.ts";
import { idle } from "./idle.ts";
import { memory } from "./memory.ts";
import { pingPong } from "./ping_pong.ts";
import { pipes } from "./pipes.ts";
import type { Setting } from "./setting.ts";
import { start } from "./start.ts";
import { pty, stream } from "./stream.ts";
import { wake } from "./wake.ts";

const makers = [
  echoApart,
  echoSame,
  echoIdle,
  pingPong,
  pipes,
  stream,
  pty,
  wake,
  memory,
  idle,
  beside,
  fairness,
  start,
];

/** The workloads in `names`. None means all. */
export function workloads(setting: Setting, names: readonly string[]): Workload[] {
  const all = makers.map((make) => make(setting));
  for (const name of names) {
    if (all.some((workload) => workload.name === name)) continue;
    const known = all.map((workload) => workload.name).join(", ");
    misuse(`--workload takes ${known}, not "${name}"`);
  }
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}
