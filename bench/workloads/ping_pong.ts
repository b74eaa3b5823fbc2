/** Two tasks of one process that send one byte to and fro. */

import { ratioLimit } from "../support/limits.ts";
import { needs } from "../support/need.ts";
import { contenders } from "../support/ours.ts";
import { c, py } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "roundTrip";

export function pingPong({ ours, quick }: Setting): Workload {
  const roundTrips = quick ? 5000 : 100_000;
  const limit = (label: string, peer: string, atMost: number, toLabel: string, to: string) =>
    ratioLimit(`ping-pong: ${label} ÷ ${toLabel}`, atMost, { peer, metric }, { peer: to, metric });
  return {
    name: "ping_pong",
    title: "Ping-pong: one byte to and fro between two tasks of one process",
    metrics: [{ name: metric, title: "round trip", unit: "µs" }],
    reference: { peer: "c", label: "C" },
    contenders: [
      {
        peer: "c",
        label: "C, epoll oneshot",
        ours: false,
        program: c("ping_pong_epoll", [roundTrips]),
      },
      ...contenders(ours, "ping_pong_fdready.ts", [roundTrips]),
      {
        peer: "trio",
        label: "Trio",
        ours: false,
        program: py("ping_pong_trio.py", [roundTrips], [needs.trio]),
      },
      {
        peer: "asyncio",
        label: "asyncio, add_reader",
        ours: false,
        program: py("ping_pong_asyncio.py", [roundTrips]),
      },
    ],
    limits: ours.flatMap(({ label, peer }) => [
      limit(label, peer, 1.6, "C", "c"),
      limit(label, peer, 0.4, "Trio", "trio"),
    ]),
    notes: [],
  };
}
