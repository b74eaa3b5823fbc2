/** What workloads are made for. */

import type { Ours } from "../support/fdready_peers.ts";

export interface Setting {
  readonly ours: readonly Ours[];
  /** Whether to do just enough to see that everything works. */
  readonly quick: boolean;
  /** The most descriptors that a process can have. */
  readonly descriptorLimit: number;
}
