/**
 * libevent's classic benchmark: n pipes, of which a are active, w writes in a run, 25 runs. The
 * result is the median run, after 25 warm-up runs for the JIT compilers.
 */

import { descriptorsFor, fitting } from "../support/descriptor_limit.ts";
import { ratioLimit } from "../support/limits.ts";
import { requirements } from "../support/requirement.ts";
import { contenders, type FdreadyPeer } from "../support/fdready_peers.ts";
import {
  around,
  c,
  go,
  node,
  type Program,
  py,
  tokio,
  withDescriptors,
} from "../support/program.ts";
import { median } from "../support/statistics.ts";
import type { Contender, Limit, Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "perEvent";
const active = 100;
const writes = 1000;
const runs = 25;

export function pipes({ fdreadyPeers, quick, descriptorLimit }: Setting): Workload {
  const wanted = quick ? [100, 1000] : [100, 1000, 10_000, 20_000];
  const sizes = fitting(wanted, 2, descriptorLimit);
  return {
    name: "pipes",
    title: `Pipes: ${active} of n active, ${writes} writes`,
    metrics: [{ name: metric, title: "one event", unit: "µs" }],
    reference: { peer: "c", label: "C" },
    contenders: sizes.flatMap((size) => contendersOf(size, fdreadyPeers)),
    limits: fdreadyPeers.flatMap((one) => limitsOf(one, sizes)),
    notes: notesOn(wanted, sizes, descriptorLimit),
    figures: ({ runs }) => ({ [metric]: median(measuredRuns(runs)) }),
  };
}

function measuredRuns(all: unknown): number[] {
  if (!Array.isArray(all) || all.length !== 2 * runs) throw new TypeError(`not ${2 * runs} runs`);
  return all.slice(runs);
}

function contendersOf(size: number, fdreadyPeers: readonly FdreadyPeer[]): Contender[] {
  const args = [size, active, writes, 2 * runs];
  const wrap = (program: Program) => withDescriptors(descriptorsFor(2 * size), program);
  const other = (peer: string, label: string, program: Program) => ({
    peer,
    label,
    ours: false,
    program: wrap(program),
  });
  const libevent = { flag: "-levent", requirement: requirements.libevent };
  const libuv = { flag: "-luv", requirement: requirements.libuv };
  const nodeEpoll = node("pipes_node_epoll.js", args, [requirements.nodeEpoll]);
  return [
    other("c", "C, epoll oneshot", c("pipes_epoll", args)),
    other("libevent", "libevent", c("pipes_libevent", args, libevent)),
    other("libuv", "libuv, uv_poll", c("pipes_libuv", args, libuv)),
    ...contenders(fdreadyPeers, "pipes_fdready.ts", args, { wrap }),
    other("tokio", "tokio, AsyncFd", tokio("pipes", args)),
    other("go", "Go, os.File", go("pipes", args)),
    other("trio", "Trio", py("pipes_trio.py", args, [requirements.trio])),
    other("node-epoll", "Node, epoll", around(c("pipes_launcher", [size]), nodeEpoll)),
  ].map((contender) => ({ ...contender, size }));
}

function limitsOf({ label, peer }: FdreadyPeer, sizes: readonly number[]): Limit[] {
  const limit = (size: number, atMost: number) => {
    const text = `pipes, n = ${size}: ${label} ÷ C`;
    return ratioLimit(text, atMost, { peer, metric, size }, { peer: "c", metric, size });
  };
  return [limit(Math.min(...sizes), 1.25), limit(Math.max(...sizes), 1.6)];
}

function notesOn(wanted: readonly number[], sizes: readonly number[], limit: number): string[] {
  const missed = wanted.filter((size) => !sizes.includes(size));
  if (missed.length === 0) return [];
  const most = Math.max(...sizes);
  return [
    `for n = ${
      missed.join(" and ")
    } the hard limit (ulimit -Hn) of ${limit} descriptors, two for ` +
    `each pipe, is too low here: n = ${most} instead`,
  ];
}
