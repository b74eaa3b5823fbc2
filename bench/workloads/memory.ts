/** The memory of a pending wait, from the growth with 10,000 of them. */

import { descriptorsFor, fitting } from "../support/descriptor_limit.ts";
import { absoluteLimit } from "../support/limits.ts";
import { requirements } from "../support/requirement.ts";
import { contenders } from "../support/fdready_peers.ts";
import { deno, type Program, py, withDescriptors } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

/** Bytes of heap. */
const most = { deno: 700, bun: 500, node: 700 };

export function memory({ fdreadyPeers, quick, descriptorLimit }: Setting): Workload {
  const [waits] = fitting([quick ? 1000 : 10_000], 1, descriptorLimit) as [number];
  const wrap = (program: Program) => withDescriptors(descriptorsFor(waits), program);
  const blocked = deno("memory_blocked_reads.ts", [waits], ["--v8-flags=--expose-gc"]);
  return {
    name: "memory",
    title: `Memory of a pending wait, one of ${waits.toLocaleString("en")}, each awaited by a task`,
    metrics: [
      { name: "heap", title: "heap", unit: "bytes" },
      { name: "resident", title: "resident", unit: "bytes" },
      { name: "threads", title: "more threads", unit: "in all" },
    ],
    pictured: 2,
    reference: { peer: "trio", label: "Trio" },
    contenders: [
      ...contenders(fdreadyPeers, "memory_fdready.ts", [waits], { exposeGc: true, wrap }),
      {
        peer: "trio",
        label: "Trio",
        ours: false,
        program: wrap(py("memory_trio.py", [waits], [requirements.trio])),
      },
      {
        peer: "asyncio",
        label: "asyncio, add_reader",
        ours: false,
        program: wrap(py("memory_asyncio.py", [waits])),
      },
      { peer: "blocked", label: "Deno, a blocked read each", ours: false, program: wrap(blocked) },
    ],
    limits: fdreadyPeers.map(({ label, peer, runtime }) =>
      absoluteLimit(`memory: heap, ${label}`, most[runtime], "bytes", { peer, metric: "heap" })
    ),
    notes: [
      "of Deno's blocked reads only as many block as its pool has threads, 32; the rest queue behind",
    ],
  };
}
