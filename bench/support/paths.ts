/** Paths. */

import { resolve } from "node:path";

/** The repository. */
export const root: string = resolve(import.meta.dirname!, "../..");

/** The source of a peer's program. */
export function peerFile(name: string): string {
  return `${root}/bench/peers/${name}`;
}

/** The folder for results. Those of a quick run aren't kept. */
export function resultsFolder(quick: boolean): string {
  return quick ? `${root}/bench/results/quick` : `${root}/bench/results`;
}
