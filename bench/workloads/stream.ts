/** Many bytes from a writer in C, through a pipe or a terminal, to a reader for each peer. */

import { testRuntimes } from "../../_tools/runner/runtimes.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { type Place, ratioLimit } from "../support/limits.ts";
import { contenders, type FdreadyPeer, program } from "../support/fdready_peers.ts";
import { around, c, type Program } from "../support/program.ts";
import type { Contender, Limit, Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

interface Shape {
  readonly name: "stream" | "pty";
  /** What the bytes go through. */
  readonly through: "pipe" | "pty";
  readonly title: string;
  readonly bytes: number;
  /** Each runtime's own ways to read it. */
  readonly own: Readonly<Record<RuntimeName, readonly [Own, ...Own[]]>>;
  /** Whether there are limits, relative to the first of these. */
  readonly limited: boolean;
}

interface Own {
  readonly peer: string;
  readonly label: string;
  readonly file: string;
}

const metric = "duration";

/** The two ways to read an FdStream. */
const ways = [
  { name: "read", title: "read()", file: "stream_fdready_read.ts" },
  { name: "readable", title: "readable", file: "stream_fdready_readable.ts" },
] as const;

/** At least 0.8 of the throughput, so 1.25 of the time. */
const mostTime = 1 / 0.8;

const webStreams = {
  deno: { peer: "own-deno", label: "Deno.stdin.readable", file: "stream_deno.js" },
  bun: { peer: "own-bun", label: "Bun.stdin.stream()", file: "stream_bun.js" },
} as const;

/** A gigabyte through a pipe. */
export function stream(setting: Setting): Workload {
  const fs = (runtime: RuntimeName): Own => ({
    peer: `fs-${runtime}`,
    label: `${testRuntimes[runtime].title}, createReadStream`,
    file: "stream_node_fs.js",
  });
  const net = (runtime: RuntimeName): Own => ({
    peer: `net-${runtime}`,
    label: `${testRuntimes[runtime].title}, net.Socket({ fd })`,
    file: "stream_net.js",
  });
  const bytes = setting.quick ? 2 ** 26 : 2 ** 30;
  return reading(setting, {
    name: "stream",
    through: "pipe",
    title: `Stream: ${bytes / 2 ** 20} MiB through a pipe`,
    bytes,
    own: {
      deno: [webStreams.deno, fs("deno"), net("deno")],
      bun: [webStreams.bun, fs("bun")],
      // Its createReadStream fails with EAGAIN, because the pipe is nonblocking.
      node: [net("node")],
    },
    limited: true,
  });
}

/**
 * A terminal delivers at most 4 KiB at a time, and less to a fast reader. The time says little
 * about the reader, so there is no limit.
 */
export function pty(setting: Setting): Workload {
  const tty = (runtime: RuntimeName): Own => ({
    peer: `tty-${runtime}`,
    label: `${testRuntimes[runtime].title}, tty.ReadStream`,
    file: "stream_tty.js",
  });
  const bytes = setting.quick ? 2 ** 22 : 2 ** 26;
  return reading(setting, {
    name: "pty",
    through: "pty",
    title: `Terminal: ${bytes / 2 ** 20} MiB through a pseudo-terminal`,
    bytes,
    own: {
      deno: [tty("deno"), webStreams.deno],
      bun: [tty("bun"), webStreams.bun],
      node: [tty("node")],
    },
    limited: false,
  });
}

function reading(
  { fdreadyPeers }: Setting,
  { name, through, title, bytes, own, limited }: Shape,
): Workload {
  const wrap = (reader: Program) => around(c("stream_writer", [through, bytes]), reader);
  const other = (peer: string, label: string, reader: Program): Contender => ({
    peer,
    label,
    ours: false,
    program: wrap(reader),
  });
  const runtimes = [...new Set(fdreadyPeers.map(({ runtime }) => runtime))];
  return {
    name,
    title,
    metrics: [
      { name: metric, title: "all of it", unit: "ms" },
      { name: "cpu", title: "the reader's CPU time for it", unit: "ms" },
    ],
    pictured: 2,
    reference: { peer: "c", label: "C" },
    contenders: [
      ...ways.flatMap((way) =>
        contenders(fdreadyPeers, way.file, [bytes], { wrap }).map((contender) => ({
          ...contender,
          peer: peerOf(contender, way.name),
          label: `${contender.label}, ${way.title}`,
        }))
      ),
      other("c", "C, read", c("stream_read", [bytes])),
      ...runtimes.flatMap((runtime) =>
        own[runtime].map(({ peer, label, file }) =>
          other(peer, label, program(runtime, file, [bytes]))
        )
      ),
    ],
    limits: limited ? limitsOf(name, fdreadyPeers, own) : [],
    notes: [],
  };
}

function limitsOf(name: string, fdreadyPeers: readonly FdreadyPeer[], own: Shape["own"]): Limit[] {
  return fdreadyPeers.flatMap((one) =>
    ways.map((way) => {
      const [{ peer, label }] = own[one.runtime];
      const text = `${name}: ${one.label}, ${way.title} ÷ ${label}`;
      return ratioLimit(text, mostTime, place(peerOf(one, way.name)), place(peer));
    })
  );
}

function peerOf({ peer }: { readonly peer: string }, way: string): string {
  return `${peer}-${way}`;
}

function place(peer: string): Place {
  return { peer, metric };
}
