/** The time that fdready adds to the start of a program: for the import, and for one wait. */

import { findProgram, testRuntimes } from "../../_tools/runner/runtimes.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { absoluteLimit, ratioLimit } from "../support/limits.ts";
import { requirements } from "../support/requirement.ts";
import { installPackage } from "../support/package.ts";
import { around, c, type Program } from "../support/program.ts";
import type { Contender, Limit, Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "more";
const empty = "start_empty.js";

/** The ratio to an import of the runtime's own sockets; ms in Node, where that costs nothing. */
const most = { deno: 0.7, bun: 1.1, node: 26 };

/** How each runtime starts a program. */
const commands = {
  deno: { command: [Deno.execPath(), "run", "-A", "--quiet"], requirements: [] },
  bun: { command: ["bun"], requirements: [requirements.bun] },
  node: { command: [findProgram("node")], requirements: [requirements.node] },
};

/** All use the default driver, as programs do at first. */
const programs = [
  { peer: "fdready", title: "fdready, RUNTIME", file: "start_fdready.js", ours: true },
  {
    peer: "sleeping",
    title: "fdready, RUNTIME, a wait that sleeps",
    file: "start_sleeping.js",
    ours: true,
  },
  { peer: "net", title: "RUNTIME, import node:net", file: "start_net.js", ours: false },
] as const;

export function start({ fdreadyPeers, quick }: Setting): Workload {
  const pairs = quick ? 5 : 21;
  const runtimes = [...new Set(fdreadyPeers.map(({ runtime }) => runtime))];
  return {
    name: "start",
    title: "Start: a program that imports fdready and waits once, over an empty one",
    metrics: [
      { name: metric, title: "more than an empty program", unit: "ms" },
      { name: "whole", title: "from start to end", unit: "ms" },
      { name: "empty", title: "an empty program", unit: "ms" },
    ],
    pictured: 2,
    contenders: programs.flatMap((program) =>
      runtimes.map((runtime): Contender => ({
        peer: `${program.peer}-${runtime}`,
        label: program.title.replace("RUNTIME", testRuntimes[runtime].title),
        ours: program.ours,
        program: pairsOf(pairs, runtime, program.file),
      }))
    ),
    limits: runtimes.map(limitOf),
    notes: [],
  };
}

function limitOf(runtime: RuntimeName): Limit {
  const { title } = testRuntimes[runtime];
  const place = { peer: `fdready-${runtime}`, metric };
  if (runtime === "node") return absoluteLimit(`start: ${title}`, most.node, "ms", place);
  const own = { peer: `net-${runtime}`, metric };
  return ratioLimit(`start: ${title} ÷ its node:net`, most[runtime], place, own);
}

/** Starts the empty program and `file` alternately. */
function pairsOf(pairs: number, runtime: RuntimeName, file: string): Program {
  const { command, requirements } = commands[runtime];
  return around(c("start_pairs", [pairs]), {
    requirements,
    command: async () => {
      const folder = await installPackage(empty, ...programs.map(({ file }) => file));
      return [`${folder}/${empty}`, `${folder}/${file}`, ...command];
    },
  });
}
