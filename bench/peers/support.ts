/** What the programs that use fdready share. */

import process from "node:process";
import type { EpollIOManagerOptions } from "@fdready/fdready";

type Driver = NonNullable<EpollIOManagerOptions["driver"]>;

/** The first argument: which driver to use. The manager says so if there is none of that name. */
export function driverArgument(): Driver {
  return (process.argv[2] ?? "auto") as Driver;
}

/** Argument `position`, counted from 1, which has to be a number. */
export function numberArgument(position: number): number {
  const value = Number(process.argv[position + 1] ?? NaN);
  if (Number.isFinite(value)) return value;
  throw new TypeError(`Argument ${position} must be a number, got ${process.argv[position + 1]}`);
}

/** Ends the process with `result` as its output. */
export function finish(result: Record<string, unknown>): never {
  console.log(JSON.stringify(result));
  process.exit(0);
}
