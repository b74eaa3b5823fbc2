/** Where things are. */

import { resolve } from "node:path";

/** This repository. */
export const root: string = resolve(import.meta.dirname!, "../..");

/** The source of a peer's program. */
export function peerFile(name: string): string {
  return `${root}/bench/peers/${name}`;
}

/** Where results go: those of a quick run are no figures to keep. */
export function resultsFolder(quick: boolean): string {
  return quick ? `${root}/bench/results/quick` : `${root}/bench/results`;
}
