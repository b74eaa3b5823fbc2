/** What fdready adds to the start of a program: to import it and to wait once. */

import { absoluteLimit } from "../support/limits.ts";
import { needs } from "../support/need.ts";
import { type Runtime, runtimeNames } from "../support/ours.ts";
import { installPackage } from "../support/package.ts";
import { around, c, type Program } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "more";

/** ms. */
const most = { deno: 26, bun: 16 };

export function start({ ours, quick }: Setting): Workload {
  const pairs = quick ? 5 : 21;
  // A manager that isn't told which driver to use is what programs begin with.
  const runtimes = [...new Set(ours.map(({ runtime }) => runtime))];
  return {
    name: "start",
    title: "Start: a program that imports fdready and waits once, over an empty one",
    metrics: [
      { name: metric, title: "more than an empty program", unit: "ms" },
      { name: "whole", title: "from start to end", unit: "ms" },
      { name: "empty", title: "an empty program", unit: "ms" },
    ],
    pictured: 2,
    contenders: runtimes.map((runtime) => ({
      peer: peerOf(runtime),
      label: labelOf(runtime),
      ours: true,
      program: pairsOf(pairs, runtime),
    })),
    limits: runtimes.map((runtime) => {
      const place = { peer: peerOf(runtime), metric };
      return absoluteLimit(`start: ${labelOf(runtime)}`, most[runtime], "ms", place);
    }),
    notes: [],
  };
}

/** Starts the empty program and ours in turn. */
function pairsOf(pairs: number, runtime: Runtime): Program {
  const command = { deno: [Deno.execPath(), "run", "-A", "--quiet"], bun: ["bun"] }[runtime];
  const needed = { deno: [], bun: [needs.bun] }[runtime];
  return around(c("start_pairs", [pairs]), {
    needs: needed,
    command: async () => {
      const [empty, ours] = ["start_empty.js", "start_fdready.js"] as const;
      const folder = await installPackage(empty, ours);
      return [`${folder}/${empty}`, `${folder}/${ours}`, ...command];
    },
  });
}

function peerOf(runtime: Runtime): string {
  return `fdready-${runtime}`;
}

function labelOf(runtime: Runtime): string {
  return `fdready, ${runtimeNames[runtime]}`;
}
