/** A gigabyte from a writer in C, through a pipe, to a reader that is each of the peers. */

import { type Place, ratioLimit } from "../support/limits.ts";
import { contenders, type Ours, program, type Runtime, runtimeNames } from "../support/ours.ts";
import { around, c, type Program } from "../support/program.ts";
import type { Contender, Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "duration";

/** The two ways to read an FdStream. */
const ways = [
  { name: "read", title: "read()", file: "stream_fdready_read.ts" },
  { name: "readable", title: "readable", file: "stream_fdready_readable.ts" },
] as const;

/** What each runtime has of its own for its standard input. */
const ownStreams = {
  deno: { file: "stream_deno.js", title: "Deno.stdin.readable" },
  bun: { file: "stream_bun.js", title: "Bun.stdin.stream()" },
} as const satisfies Record<Runtime, unknown>;

/** At least 0.8 of the throughput, so 1.25 of the time. */
const mostTime = 1 / 0.8;

export function stream({ ours, quick }: Setting): Workload {
  const bytes = quick ? 2 ** 26 : 2 ** 30;
  const wrap = (reader: Program) => around(c("stream_writer", [bytes]), reader);
  const runtimes = [...new Set(ours.map(({ runtime }) => runtime))];
  const other = (peer: string, label: string, reader: Program): Contender => ({
    peer,
    label,
    ours: false,
    program: wrap(reader),
  });
  return {
    name: "stream",
    title: `Stream: ${bytes / 2 ** 20} MiB through a pipe`,
    metrics: [{ name: metric, title: "all of it", unit: "ms" }],
    reference: { peer: "c", label: "C" },
    contenders: [
      other("c", "C, read", c("stream_read", [bytes])),
      ...ways.flatMap((way) =>
        contenders(ours, way.file, [bytes], { wrap }).map((contender) => ({
          ...contender,
          peer: peerOf(contender, way.name),
          label: `${contender.label}, ${way.title}`,
        }))
      ),
      ...runtimes.flatMap((runtime) => {
        const { file, title } = ownStreams[runtime];
        const name = runtimeNames[runtime];
        const nodeFs = program(runtime, "stream_node_fs.js", [bytes]);
        return [
          other(`own-${runtime}`, title, program(runtime, file, [bytes])),
          other(`fs-${runtime}`, `${name}, createReadStream`, nodeFs),
        ];
      }),
    ],
    limits: ours.flatMap((one) => ways.map((way) => limitOf(one, way))),
    notes: [],
  };
}

function limitOf(one: Ours, { name, title }: (typeof ways)[number]) {
  const own = place(`own-${one.runtime}`);
  const text = `stream: ${one.label}, ${title} ÷ ${ownStreams[one.runtime].title}`;
  return ratioLimit(text, mostTime, place(peerOf(one, name)), own);
}

function peerOf({ peer }: { readonly peer: string }, way: string): string {
  return `${peer}-${way}`;
}

function place(peer: string): Place {
  return { peer, metric };
}
