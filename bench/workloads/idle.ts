/** The CPU time of 1,000 pending waits without events. */

import { testRuntimes } from "../../_tools/runner/runtimes.ts";
import { descriptorsFor } from "../support/descriptor_limit.ts";
import { ratioLimit } from "../support/limits.ts";
import { contenders, program } from "../support/fdready_peers.ts";
import { type Program, withDescriptors } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const waits = 1000;
const seconds = 5;

export function idle({ fdreadyPeers }: Setting): Workload {
  const wrap = (program: Program) => withDescriptors(descriptorsFor(waits), program);
  const runtimes = [...new Set(fdreadyPeers.map(({ runtime }) => runtime))];
  return {
    name: "idle",
    title: `Idle: CPU time in ${seconds} s with ${waits.toLocaleString("en")} pending waits`,
    metrics: [{ name: "cpu", title: "CPU time", unit: "ms" }],
    contenders: [
      ...contenders(fdreadyPeers, "idle_fdready.ts", [waits, seconds], { wrap }),
      ...runtimes.map((runtime) => ({
        peer: `alone-${runtime}`,
        label: `${testRuntimes[runtime].title} by itself`,
        ours: false,
        program: wrap(program(runtime, "idle_fdready.ts", ["auto", 0, seconds])),
      })),
    ],
    limits: fdreadyPeers.map(({ label, peer, runtime }) =>
      ratioLimit(`idle: ${label} ÷ the runtime by itself`, 1.5, { peer, metric: "cpu" }, {
        peer: `alone-${runtime}`,
        metric: "cpu",
      })
    ),
    notes: [],
  };
}
