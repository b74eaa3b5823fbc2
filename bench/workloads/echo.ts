/**
 * Round trips of one byte between a client in C and an echo server for each peer. Both are bound to
 * cores. Otherwise a server that sleeps between bytes may run on its client's core or on another
 * one, and one takes several times as long as the other.
 */

import { ratioLimit } from "../support/limits.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { requirements } from "../support/requirement.ts";
import { contenders, type FdreadyPeer } from "../support/fdready_peers.ts";
import { around, bun, c, deno, go, node, type Program, py, tokio } from "../support/program.ts";
import type { Limit, Workload } from "../support/workload.ts";
import { ownSockets } from "./own_sockets.ts";
import type { Setting } from "./setting.ts";

interface Shape {
  readonly name: string;
  readonly title: string;
  readonly warmUp: number;
  readonly roundTrips: number;
  readonly quietMicroseconds: number;
  /** Whether client and server share a core or use two. */
  readonly cores: 1 | 2;
  readonly limits: readonly Limit[];
}

/** The default of `busyPoll`. */
const busyPoll = 50;

/** Round trips without pauses, on two cores. */
export function echoApart(setting: Setting): Workload {
  return echo(setting, {
    name: "echo_apart",
    title: "Echo, busy, client and server on a core each",
    ...busyCounts(setting),
    cores: 2,
    limits: setting.fdreadyPeers.flatMap((one) => [
      toOwnSocket("echo apart", one, 0.6),
      toPeer("echo apart", one, 1.5, "c-polling", `C that polls for ${busyPoll} µs`),
    ]),
  });
}

/** Round trips without pauses, on one core. */
export function echoSame(setting: Setting): Workload {
  return echo(setting, {
    name: "echo_same",
    title: "Echo, busy, client and server on the same core",
    ...busyCounts(setting),
    cores: 1,
    limits: setting.fdreadyPeers.flatMap((one) => [
      toOwnSocket("echo same", one, 1),
      toPeer("echo same", one, 1.35, "c", "C"),
    ]),
  });
}

/** The limits of idle round trips, as multiples of the runtime's own sockets. */
const idleLimits = {
  deno: { p50: 1.25, p99: 1.5, cpu: 1.5 },
  bun: { p50: 1.3, p99: 2, cpu: 2.5 },
  node: { p50: 1.2, p99: 1.5, cpu: 1.5 },
};

/** Round trips on one core. Before each, both sides go to sleep. */
export function echoIdle(setting: Setting): Workload {
  const { fdreadyPeers, quick } = setting;
  // The thread doorbell is the fallback. It has no limit where the other doorbell works.
  const uring = fdreadyPeers.filter(({ driver }) => driver === "uring");
  const bound = uring.length > 0 ? uring : fdreadyPeers;
  return echo(setting, {
    name: "echo_idle",
    title: "Echo, idle, 1 ms of quiet before each byte, client and server on the same core",
    // So many that the JIT compilers of the runtimes have settled, on the same core.
    warmUp: quick ? 50 : 4000,
    roundTrips: quick ? 200 : 1000,
    quietMicroseconds: 1000,
    cores: 1,
    limits: bound.flatMap((one) => {
      const { p50, p99, cpu } = idleLimits[one.runtime];
      return [
        toOwnSocket("echo idle", one, p50),
        toOwnSocket("echo idle, 99th percentile", one, p99, "p99"),
        toOwnSocket("echo idle, CPU time", one, cpu, "cpu"),
      ];
    }),
  });
}

function busyCounts({ quick }: Setting) {
  return { warmUp: quick ? 500 : 2000, roundTrips: quick ? 2000 : 20_000, quietMicroseconds: 0 };
}

function toOwnSocket(name: string, one: FdreadyPeer, atMost: number, metric = "p50"): Limit {
  const { peer, api } = ownSockets[one.runtime];
  return toPeer(name, one, atMost, peer, api, metric);
}

function toPeer(
  name: string,
  one: FdreadyPeer,
  atMost: number,
  peer: string,
  label: string,
  metric = "p50",
): Limit {
  const text = `${name}: ${one.label} ÷ ${label}`;
  return ratioLimit(text, atMost, { peer: one.peer, metric }, { peer, metric });
}

function echo({ fdreadyPeers }: Setting, shape: Shape): Workload {
  const { name, title, limits, warmUp, roundTrips, quietMicroseconds, cores } = shape;
  const client = c("echo_client", [warmUp, roundTrips, quietMicroseconds, cores]);
  const wrap = (server: Program) => around(client, server);
  const other = (peer: string, label: string, server: Program) => ({
    peer,
    label,
    ours: false,
    program: wrap(server),
  });
  const own = (runtime: RuntimeName, server: Program) =>
    other(ownSockets[runtime].peer, ownSockets[runtime].api, server);
  return {
    name,
    title,
    limits,
    metrics: [
      { name: "p50", title: "median round trip", unit: "µs" },
      { name: "p99", title: "99th percentile", unit: "µs" },
      { name: "cpu", title: "the server's CPU time for it", unit: "µs" },
    ],
    pictured: 3,
    reference: { peer: "c", label: "C" },
    contenders: [
      ...contenders(fdreadyPeers, "echo_fdready.ts", [], { wrap }),
      other("c-polling", `C, polls for ${busyPoll} µs, as fdready`, c("echo_epoll", [busyPoll])),
      other("c-spinning", "C, never sleeps", c("echo_epoll", [-1])),
      other("c", "C, sleeps at once", c("echo_epoll", [0])),
      other("tokio", "Rust, tokio's AsyncFd", tokio("echo")),
      other("go", "Go, os.File", go("echo")),
      own("deno", deno("echo_net.js")),
      own("bun", bun("echo_bun.js")),
      own("node", node("echo_net.js")),
      other("selectors", "Python, selectors", py("echo_selectors.py")),
      other("trio", "Trio", py("echo_trio.py", [], [requirements.trio])),
    ],
    notes: [],
  };
}
