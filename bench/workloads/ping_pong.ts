/** Two tasks of a process send one byte back and forth. */

import { ratioLimit } from "../support/limits.ts";
import { requirements } from "../support/requirement.ts";
import { contenders } from "../support/fdready_peers.ts";
import { c, go, type Program, py, tokio } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "roundTrip";

export function pingPong({ fdreadyPeers, quick }: Setting): Workload {
  const args = [quick ? 5000 : 100_000];
  const other = (peer: string, label: string, program: Program) => ({
    peer,
    label,
    ours: false,
    program,
  });
  const limit = (label: string, peer: string, atMost: number, toLabel: string, to: string) =>
    ratioLimit(`ping-pong: ${label} ÷ ${toLabel}`, atMost, { peer, metric }, { peer: to, metric });
  return {
    name: "ping_pong",
    title: "Ping-pong: one byte back and forth between two tasks of one process",
    metrics: [
      { name: metric, title: "round trip", unit: "µs" },
      { name: "cpu", title: "CPU time for it", unit: "µs" },
    ],
    pictured: 2,
    reference: { peer: "c", label: "C" },
    contenders: [
      ...contenders(fdreadyPeers, "ping_pong_fdready.ts", args),
      other("c", "C, epoll oneshot", c("ping_pong_epoll", args)),
      other("tokio", "Rust, tokio's AsyncFd", tokio("ping_pong", args)),
      other("go", "Go, os.File", go("ping_pong", args)),
      other("trio", "Trio", py("ping_pong_trio.py", args, [requirements.trio])),
      other("asyncio", "asyncio, add_reader", py("ping_pong_asyncio.py", args)),
    ],
    limits: fdreadyPeers.flatMap(({ label, peer }) => [
      limit(label, peer, 1.3, "C", "c"),
      limit(label, peer, 1.5, "tokio", "tokio"),
    ]),
    notes: [],
  };
}
