/** Where things are. */

import { resolve } from "node:path";

const bench = resolve(import.meta.dirname!, "..");

/** The source of a peer's program. */
export function peerFile(name: string): string {
  return `${bench}/peers/${name}`;
}

/** Where results go: those of a quick run are no figures to keep. */
export function resultsFolder(quick: boolean): string {
  return quick ? `${bench}/results/quick` : `${bench}/results`;
}
