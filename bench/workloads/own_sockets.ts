/** The peers that are each runtime's own sockets. */

import type { RuntimeName } from "../../src/runtime/runtime.ts";

/** The names of the peers in results, and of the API that they use. */
export const ownSockets: Readonly<Record<RuntimeName, { peer: string; api: string }>> = {
  deno: { peer: "socket-deno", api: "Deno, net.Socket({ fd })" },
  bun: { peer: "socket-bun", api: "Bun, Bun.connect({ fd })" },
  node: { peer: "node", api: "Node, net.Socket({ fd })" },
};
