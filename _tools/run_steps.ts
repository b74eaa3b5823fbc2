/** Runs a task that consists of several commands: `deno run -A _tools/run_steps.ts NAME`. */

import { asksForHelp, readCommandLine } from "../examples/support/command_line.ts";
import type { RuntimeName } from "../src/runtime/runtime.ts";
import { type ProgramFlags, runtimeNames, testRuntimes } from "./runner/runtimes.ts";
import { packages } from "../tests/support/packages.ts";
import { sources } from "../tests/support/sources.ts";

/**
 * The files that `deno doc --lint` checks. The entry points of packages are left out because they
 * re-export declarations from npm. So is a file whose class extends one from npm, which the linter
 * considers private.
 */
const linted = [
  "mod.ts",
  "src/os/mod.ts",
  ...packages.flatMap((folder) => sources(`${folder}/src`))
    .map(({ path }) => path)
    .filter((path) => path !== "packages/serialport/src/serial_port.ts"),
];
/** The files with examples in comments. */
const documented = ["mod.ts", "src", ...packages.flatMap((p) => [`${p}/mod.ts`, `${p}/src`])];

/** What the demo needs, where a runtime has permissions. */
const demoPermissions: Partial<Record<RuntimeName, readonly string[]>> = {
  deno: [
    "--allow-ffi",
    "--allow-env",
    "--allow-read=.,/tmp",
    "--allow-write=/tmp",
    `--allow-run=sh,${Deno.execPath()}`,
  ],
  node: [
    "--allow-ffi",
    "--allow-worker",
    "--allow-child-process",
    "--allow-net",
    "--allow-fs-write=/tmp",
  ],
};

/** The commands that run a program on each runtime. */
function onEachRuntime(file: string, flags?: (name: RuntimeName) => ProgramFlags): string[] {
  return runtimeNames.map((name) => {
    const { command, programArguments } = testRuntimes[name];
    return [command, ...programArguments(file, flags?.(name))].join(" ");
  });
}

/** The commands of tasks whose arguments each command gets. */
const programs: Record<string, readonly string[]> = {
  stress: onEachRuntime("tests/stress/main.ts"),
  soak: onEachRuntime("tests/robustness/soak.ts", () => ({ exposeGc: true })),
  demo: onEachRuntime("examples/demo.ts", (name) => ({ permissions: demoPermissions[name] })),
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

/** Stops at the first command that fails. `--help` goes to the first one only. */
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
