/** Tasks of the runtime itself beside descriptors that are always ready. */

import { testRuntimes } from "../../_tools/runner/runtimes.ts";
import { descriptorsFor } from "../support/descriptor_limit.ts";
import { contenders, program } from "../support/fdready_peers.ts";
import { withDescriptors } from "../support/program.ts";
import type { Contender, Figures, Limit, Metric, Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const many = 1000;

const metrics: readonly [Metric, ...Metric[]] = [
  { name: "fetch", title: "fetch", unit: "ms" },
  { name: "timer", title: "a timer of 1 ms", unit: "ms" },
  { name: "file", title: "a file read", unit: "ms" },
  { name: "child", title: "a child process", unit: "ms" },
  { name: "lookup", title: "a name looked up", unit: "ms" },
];

/**
 * Loads on the event loop. `turn` is the work in one turn of a bare loop, in ms, for comparison.
 */
const variants = [
  { name: "wait-0.5", title: "a wait, 0.5 ms of work", fds: 1, watches: 0, work: 0.5, turn: 0.5 },
  { name: "watch-0.5", title: "a watch, 0.5 ms of work", fds: 1, watches: 1, work: 0.5, turn: 0.5 },
  { name: "watch-2", title: "a watch, 2 ms of work", fds: 1, watches: 1, work: 2, turn: 2 },
  // A turn calls 256 of the listeners.
  {
    name: "many",
    title: `${many} watches without work`,
    fds: many,
    watches: 1,
    work: 0,
    turn: 0.5,
  },
] as const;

/**
 * How many times longer than beside a bare loop the slowest of the tasks takes. A task that happens
 * to be done within a turn counts as one that takes the turn.
 */
function slowestRatio(
  figures: Figures,
  ours: string,
  loop: string,
  turn: number,
): number | undefined {
  const ratios = metrics.map(({ name }) => {
    const [dividend, divisor] = [figures.median(ours, name), figures.median(loop, name)];
    if (dividend === undefined || divisor === undefined) return undefined;
    return dividend / Math.max(divisor, turn);
  }).filter((ratio) => ratio !== undefined);
  return ratios.length === metrics.length ? Math.max(...ratios) : undefined;
}

export function fairness({ fdreadyPeers }: Setting): Workload {
  const runtimes = [...new Set(fdreadyPeers.map(({ runtime }) => runtime))];
  const loops = runtimes.flatMap((runtime) =>
    [...new Set(variants.map(({ turn }) => turn))].map((turn): Contender => ({
      peer: `loop-${runtime}-${turn}`,
      label: `${testRuntimes[runtime].title}, a loop of setImmediate, ${turn} ms of work`,
      ours: false,
      program: program(runtime, "fairness_loop.ts", ["loop", turn]),
    }))
  );
  const fdready = variants.flatMap(({ name, title, fds, watches, work }) =>
    contenders(fdreadyPeers, "fairness_fdready.ts", [fds, watches, work], {
      wrap: (program) => withDescriptors(descriptorsFor(2 * fds), program),
    }).map((contender) => ({
      ...contender,
      peer: `${contender.peer}-${name}`,
      label: `${contender.label}, ${title}`,
    }))
  );
  const limits = fdreadyPeers.flatMap(({ label, peer, runtime }) =>
    variants.map(({ name, title, turn }): Limit => ({
      text: `the runtime's own tasks: ${label}, beside ${title} ÷ a bare loop`,
      atMost: 3,
      measured: (figures) =>
        slowestRatio(figures, `${peer}-${name}`, `loop-${runtime}-${turn}`, turn),
    }))
  );
  return {
    name: "fairness",
    title: "Fairness: the runtime's own tasks, beside descriptors that are always ready",
    metrics,
    contenders: [...loops, ...fdready],
    limits,
    notes: [],
  };
}
