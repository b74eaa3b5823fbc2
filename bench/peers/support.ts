/** The common part of the programs that use fdready. */

import process from "node:process";
import type { EpollIOManagerOptions } from "@fdready/fdready";

type Driver = NonNullable<EpollIOManagerOptions["driver"]>;

/** The first argument: the driver. The manager reports an unknown one. */
export function driverArgument(): Driver {
  return (process.argv[2] ?? "auto") as Driver;
}

/** The argument at `position`, counted from 1, which must be a number. */
export function numberArgument(position: number): number {
  const value = Number(process.argv[position + 1] ?? NaN);
  if (Number.isFinite(value)) return value;
  throw new TypeError(`Argument ${position} must be a number, got ${process.argv[position + 1]}`);
}

/** Prints `result`, and ends the process. */
export function finish(result: Record<string, unknown>): never {
  console.log(JSON.stringify(result));
  process.exit(0);
}
