/** The command line of `deno task bench:peers`. */

import { readCommandLine, readInteger } from "../../examples/support/command_line.ts";

const usage = `
deno task bench:peers [options]

Runs the same workloads with fdready and with its peers, and compares them. Prints the results, and
writes them to bench/results.

  --workload name[,name]    echo_apart, echo_same, echo_idle, ping_pong, pipes, stream, pty, wake,
                            memory, idle, beside or start; the default is all
  --driver name[,name]      the drivers for fdready; the default is auto
  --rounds N                how often to run each program; the default is 5
  --quick                   run a little of everything once, to check that it works, and write to
                            bench/results/quick
`;

export interface Options {
  /** The names of workloads. None means all. */
  readonly workloads: readonly string[];
  /** The drivers for fdready. */
  readonly drivers: readonly string[];
  /** How often to run each program. */
  readonly rounds: number;
  /** Whether to run a little of everything once, to check that it works. */
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
