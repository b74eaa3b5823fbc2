/** The command line of `deno task bench:peers`. */

import { readCommandLine, readInteger } from "../../examples/support/command_line.ts";

const usage = `
deno task bench:peers [options]

Runs the same workloads with fdready and with what else there is, in one go, and compares. What comes
out is printed, and written to bench/results.

  --workload name[,name]    of echo_apart, echo_same, echo_idle, ping_pong, pipes, stream, pty,
                            wake, memory, idle, beside and start; all of them by default
  --driver name[,name]      the drivers that fdready runs with, auto by default
  --rounds N                how often each program has its turn, 5 by default
  --quick                   a little of everything once, to see that it works; written to
                            bench/results/quick
`;

export interface Options {
  /** Names of workloads; all of them if there are none. */
  readonly workloads: readonly string[];
  /** Drivers to run fdready with. */
  readonly drivers: readonly string[];
  /** How often each program is run. */
  readonly rounds: number;
  /** Whether to do a little of everything once, only to see that it works. */
  readonly quick: boolean;
}

export function readOptions(args: string[]): Options {
  const { values } = readCommandLine(usage, {
    workload: { type: "string", default: "" },
    driver: { type: "string", default: "auto" },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
  }, { args });
  return {
    workloads: names(values.workload),
    drivers: names(values.driver),
    rounds: readInteger("--rounds", values.rounds ?? (values.quick ? "1" : "5"), 1),
    quick: values.quick,
  };
}

function names(list: string): string[] {
  return list.split(",").filter((name) => name !== "");
}
