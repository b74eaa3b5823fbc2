/** The tasks of deno.json print their usage. */

import { assertEquals, assertMatch } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import process from "node:process";
import { runtimeNames } from "../../_tools/runner/runtimes.ts";
import { testedDrivers } from "../support/driver_names.ts";
import { type Outcome, runtime } from "../support/programs.ts";
import { root } from "../support/root.ts";
import { describeUnless } from "../support/skip.ts";
import { help, refusal, runUntouched } from "../support/run_command.ts";

const { tasks }: { tasks: object } = JSON.parse(readFileSync(`${root}/deno.json`, "utf8"));

function run(task: string, args: readonly string[]): Promise<Outcome> {
  return runUntouched(process.execPath, ["task", "--quiet", task, ...args]);
}

/** Wrong arguments, and the problem that is reported. */
const wrong: [task: string, args: string[], problem: string][] = [
  ["test", ["--runtime", "perl"], `--runtime takes ${runtimeNames.join(" or ")}, not "perl"`],
  ["test", ["--driver", "kqueue"], `--driver takes ${testedDrivers.join(" or ")}, not "kqueue"`],
  ["test", ["--timeout", "soon"], '--timeout takes a number of seconds, not "soon"'],
  ["test", ["--timeout"], "option --timeout <value> argument missing"],
  ["test", ["tests/nothing.test.ts"], "there is no tests/nothing.test.ts"],
  [
    "test:oldest",
    ["--runtime", "perl"],
    `--runtime takes ${runtimeNames.join(" or ")}, not "perl"`,
  ],
  ["stress", ["--minutes", "few"], '--minutes takes a number, not "few"'],
  ["soak", ["--driver", "manual"], '--driver takes auto, uring or thread, not "manual"'],
  ["bench:peers", ["--rounds", "0"], '--rounds must be a whole number from 1, not "0"'],
  ["check", ["src"], "unexpected argument src"],
];

describeUnless(
  runtime === "deno" ? undefined : "Deno runs the tasks",
  "tasks of deno.json",
  () => {
    for (const task of Object.keys(tasks)) {
      for (const option of help) {
        it(`print their usage and do nothing else: ${task} ${option}`, async () => {
          const { output, ...ending } = await run(task, [option]);
          assertEquals(ending, { code: 0, signal: null }, output);
          assertMatch(output, /^(deno task|deno run) .*\n/);
          // Only once, although the task runs a program on each runtime.
          assertEquals(output.match(/^deno (task|run) /gm)?.length, 1);
        });
      }

      it(`reject an unknown option in one line: ${task}`, async () => {
        assertEquals(await run(task, ["--no-such-option"]), refusal);
      });
    }

    for (const [task, args, problem] of wrong) {
      it(`reject wrong arguments in one line: ${task} ${args.join(" ")}`, async () => {
        const output = `${problem}; --help shows how to use it\n`;
        assertEquals(await run(task, args), { code: 2, signal: null, output });
      });
    }
  },
);
