/** Round trips of one byte between a client in C and an echo server that is each of the peers. */

import { ratioLimit } from "../support/limits.ts";
import { needs } from "../support/need.ts";
import { contenders, type Ours, runtimeNames } from "../support/ours.ts";
import { around, bun, c, deno, node, type Program, py } from "../support/program.ts";
import type { Limit, Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

interface Shape {
  readonly name: string;
  readonly title: string;
  readonly warmUp: number;
  readonly roundTrips: number;
  readonly quietMicroseconds: number;
  /** Whether client and server are bound to a core each. */
  readonly apart: boolean;
  readonly limits: readonly Limit[];
}

/** Round trips back to back. */
export function echoBusy(setting: Setting): Workload {
  return busy(setting, {
    name: "echo_busy",
    title: "Echo, busy: one byte over a Unix socketpair and back, back to back",
    apart: false,
  });
}

/**
 * The same on two cores. Left to itself, the kernel runs a server that sleeps between two bytes now on
 * its client's core and now on another, which makes several times the difference.
 */
export function echoApart(setting: Setting): Workload {
  return busy(setting, {
    name: "echo_apart",
    title: "Echo, busy, client and server each on a core of its own",
    apart: true,
  });
}

function busy(
  { ours, quick }: Setting,
  shape: Pick<Shape, "name" | "title" | "apart">,
): Workload {
  const name = shape.name.replace("_", " ");
  return echo(ours, {
    ...shape,
    warmUp: quick ? 500 : 2000,
    roundTrips: quick ? 2000 : 20_000,
    quietMicroseconds: 0,
    limits: ours.flatMap((one) => [
      toOwnSocket(name, one, 0.6),
      ratioLimit(`${name}: ${one.label} ÷ C`, 2, place(one.peer), place("c")),
    ]),
  });
}

/** Round trips with a pause before each, in which everybody goes to sleep. */
export function echoIdle({ ours, quick }: Setting): Workload {
  // The thread doorbell, where there is the other too, is the fallback and bound to no limit.
  const uring = ours.filter(({ driver }) => driver === "uring");
  const bound = uring.length > 0 ? uring : ours;
  return echo(ours, {
    name: "echo_idle",
    title: "Echo, idle: the same with 1 ms of quiet before each byte",
    warmUp: quick ? 50 : 200,
    roundTrips: quick ? 200 : 2000,
    quietMicroseconds: 1000,
    apart: false,
    limits: bound.map((one) => toOwnSocket("echo idle", one, 1.5)),
  });
}

function toOwnSocket(name: string, { label, peer, runtime }: Ours, atMost: number): Limit {
  const text = `${name}: ${label} ÷ ${runtimeNames[runtime]}'s own socket`;
  return ratioLimit(text, atMost, place(peer), place(`socket-${runtime}`));
}

function place(peer: string) {
  return { peer, metric: "p50" };
}

function echo(ours: readonly Ours[], shape: Shape): Workload {
  const { name, title, limits, warmUp, roundTrips, quietMicroseconds, apart } = shape;
  const client = c("echo_client", [warmUp, roundTrips, quietMicroseconds, Number(apart)]);
  const wrap = (server: Program) => around(client, server);
  const other = (peer: string, label: string, server: Program) => ({
    peer,
    label,
    ours: false,
    program: wrap(server),
  });
  return {
    name,
    title,
    limits,
    metrics: [
      { name: "p50", title: "median round trip", unit: "µs" },
      { name: "p99", title: "99th percentile", unit: "µs" },
    ],
    reference: { peer: "c", label: "C" },
    contenders: [
      other("c", "C, epoll oneshot", c("echo_epoll")),
      ...contenders(ours, "echo_fdready.ts", [], { wrap }),
      other("socket-deno", "Deno, net.Socket({ fd })", deno("echo_net.js")),
      other("socket-bun", "Bun, Bun.connect({ fd })", bun("echo_bun.js")),
      other("node", "Node, net.Socket({ fd })", node("echo_net.js")),
      other("selectors", "Python, selectors", py("echo_selectors.py")),
      other("trio", "Trio", py("echo_trio.py", [], [needs.trio])),
    ],
    notes: [],
  };
}
