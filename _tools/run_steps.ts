/** Runs a task of several commands, one after another: `deno run -A _tools/run_steps.ts NAME`. */

import { asksForHelp, readCommandLine } from "../examples/support/command_line.ts";
import { packages } from "../tests/support/packages.ts";
import { sources } from "../tests/support/sources.ts";

/**
 * What `deno doc --lint` looks at. Of packages it is their files, since the entry points pass on npm's
 * declarations, and not those that have a class of npm's as a base, which it takes for a private one.
 */
const linted = [
  "mod.ts",
  "src/os/mod.ts",
  ...packages.flatMap((folder) => sources(`${folder}/src`))
    .map(({ path }) => path)
    .filter((path) => path !== "packages/serialport/src/serial_port.ts"),
];
/** Where examples in comments are. */
const documented = ["mod.ts", "src", ...packages.flatMap((p) => [`${p}/mod.ts`, `${p}/src`])];

const demoFlags = [
  "--allow-ffi",
  "--allow-env",
  "--allow-read=.,/tmp",
  "--allow-write=/tmp",
  `--allow-run=sh,${Deno.execPath()}`,
];

/** The commands of tasks that hand their arguments on to each. */
const programs: Record<string, readonly string[]> = {
  stress: ["deno run -A tests/stress/main.ts", "bun tests/stress/main.ts"],
  soak: [
    "deno run -A --v8-flags=--expose-gc tests/robustness/soak.ts",
    "bun tests/robustness/soak.ts",
  ],
  demo: [`deno run ${demoFlags.join(" ")} examples/demo.ts`, "bun examples/demo.ts"],
};

/** The commands of tasks that take no arguments. */
const fixed: Record<string, readonly string[]> = {
  bench: ["deno bench -A bench/micro_bench.ts", "bun bench/micro_bun.ts"],
  check: ["deno check .", "tsc --noEmit", "deno lint", "deno fmt --check"],
  doc: [
    `deno doc --quiet --lint ${linted.join(" ")}`,
    `deno test --quiet -A --doc ${documented.join(" ")}`,
  ],
};

/** Stops at the first that fails. Help is asked for once. */
async function main(task: string, args: string[]): Promise<number> {
  const commands = programs[task] ?? fixed[task]!;
  if (task in fixed) {
    readCommandLine(`deno task ${task}\n\nRuns\n  ${commands.join("\n  ")}`, {}, { args });
  }
  for (const command of commands) {
    const [program = "", ...rest] = command.split(" ");
    const child = new Deno.Command(program, { args: [...rest, ...args] }).spawn();
    const { code } = await child.status;
    if (code !== 0 || asksForHelp(args)) return code;
  }
  return 0;
}

const [task = "", ...args] = Deno.args;
Deno.exitCode = await main(task, args);
