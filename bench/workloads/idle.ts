/** What 1,000 pending waits cost in CPU time while nothing happens. */

import { descriptorsFor } from "../support/descriptor_limit.ts";
import { absoluteLimit } from "../support/limits.ts";
import { contenders, program, runtimeNames } from "../support/fdready_peers.ts";
import { type Program, withDescriptors } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const waits = 1000;
const seconds = 5;

export function idle({ ours }: Setting): Workload {
  const wrap = (program: Program) => withDescriptors(descriptorsFor(waits), program);
  const runtimes = [...new Set(ours.map(({ runtime }) => runtime))];
  return {
    name: "idle",
    title: `Idle: CPU time in ${seconds} s with ${waits.toLocaleString("en")} pending waits`,
    metrics: [{ name: "cpu", title: "CPU time", unit: "ms" }],
    contenders: [
      ...contenders(ours, "idle_fdready.ts", [waits, seconds], { wrap }),
      ...runtimes.map((runtime) => ({
        peer: `alone-${runtime}`,
        label: `${runtimeNames[runtime]} by itself`,
        ours: false,
        program: wrap(program(runtime, "idle_fdready.ts", ["auto", 0, seconds])),
      })),
    ],
    limits: ours.map(({ label, peer }) =>
      absoluteLimit(`idle: ${label}`, 10, "ms", { peer, metric: "cpu" })
    ),
    notes: [],
  };
}
