/** The parameters of workloads. */

import type { FdreadyPeer } from "../support/fdready_peers.ts";

export interface Setting {
  readonly fdreadyPeers: readonly FdreadyPeer[];
  /** Whether to do just enough to check that everything works. */
  readonly quick: boolean;
  /** The most descriptors that a process can have. */
  readonly descriptorLimit: number;
}
