/** A thread wakes another one that blocks in its poller. */

import { testRuntimes } from "../../_tools/runner/runtimes.ts";
import { ratioLimit } from "../support/limits.ts";
import { type FdreadyPeer, program } from "../support/fdready_peers.ts";
import { bun, c, deno, type Program, py } from "../support/program.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

export function wake({ fdreadyPeers, quick }: Setting): Workload {
  const wakeups = quick ? 50_000 : 1_000_000;
  // The poller blocks, so the drivers don't matter.
  const runtimes = [...new Set(fdreadyPeers.map(({ runtime }) => runtime))];
  const other = (peer: string, label: string, program: Program) => ({
    peer,
    label,
    ours: false,
    program,
  });
  return {
    name: "wake",
    title: `Wake: ${wakeups.toLocaleString("en")} wakeups of a blocked poller by a thread`,
    metrics: [
      { name: "perCall", title: "one call", unit: "ns" },
      { name: "perWakeup", title: "until all have arrived, each", unit: "ns" },
    ],
    pictured: 2,
    reference: { peer: "c", label: "C" },
    contenders: [
      other("c", "C, eventfd", c("wake_eventfd", [wakeups])),
      ...runtimes.map((runtime) => ({
        peer: peerOf(runtime),
        label: labelOf(runtime),
        ours: true,
        program: program(runtime, "wake_fdready.ts", [wakeups]),
      })),
      other("message-deno", "Deno, postMessage", deno("wake_post_message.js", [wakeups])),
      other("message-bun", "Bun, postMessage", bun("wake_post_message.js", [wakeups])),
      other("asyncio", "asyncio, call_soon_threadsafe", py("wake_asyncio.py", [wakeups])),
    ],
    limits: runtimes.map((runtime) => {
      const metric = "perCall";
      const text = `wake: ${labelOf(runtime)} ÷ C`;
      return ratioLimit(text, 1.5, { peer: peerOf(runtime), metric }, { peer: "c", metric });
    }),
    notes: [],
  };
}

function peerOf(runtime: FdreadyPeer["runtime"]): string {
  return `fdready-${runtime}`;
}

function labelOf(runtime: FdreadyPeer["runtime"]): string {
  return `fdready, ${testRuntimes[runtime].title}`;
}
