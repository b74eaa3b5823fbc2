/** The command line of `deno task bench:peers`. */

import { parseArgs } from "node:util";

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
  const { values } = parseArgs({
    args,
    options: {
      workload: { type: "string", default: "" },
      driver: { type: "string", default: "auto" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  return {
    workloads: names(values.workload),
    drivers: names(values.driver),
    rounds: readRounds(values.rounds ?? (values.quick ? "1" : "5")),
    quick: values.quick,
  };
}

function names(list: string): string[] {
  return list.split(",").filter((name) => name !== "");
}

function readRounds(value: string): number {
  const rounds = Number(value);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new TypeError(`--rounds must be a whole number from 1, not "${value}"`);
}
