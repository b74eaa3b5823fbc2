/**
 * The page of benchmarks shows all results: a chart for each workload, its limits, and
 * explanations.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
import type { Published } from "../../_tools/figures/published.ts";
import { summaryTable, workloadTable } from "../../_tools/figures/result_tables.ts";
import { limitTable } from "../../_tools/figures/limit_table.ts";
import { root } from "../support/root.ts";

const results = `${root}/bench/results`;
const names = readdirSync(results).filter((name) => /\.(json|svg)$/.test(name)).toSorted();

describe("bench/results", () => {
  const page = readFileSync(`${root}/docs/benchmarks.md`, "utf8");
  const workloads = names.filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(".json", ""));

  it("has figures and a chart for each workload, which the page shows", () => {
    assert(workloads.length > 5);
    assertEquals(names, workloads.flatMap((name) => [`${name}.json`, `${name}.svg`]));
    for (const name of workloads) assertStringIncludes(page, `](../bench/results/${name}.svg)`);
  });

  it("has charts in colors for light pages, each with a color for dark pages", () => {
    for (const name of workloads) {
      const svg = readFileSync(`${results}/${name}.svg`, "utf8");
      const style = /<style>@media \(prefers-color-scheme: dark\)\{(.*)\}<\/style>/.exec(svg);
      const colors = new Set(svg.match(/(fill|stroke)="#\w+"/g));
      assert(colors.size > 5, name);
      assertEquals([...colors].filter((color) => !style?.[1]?.includes(`[${color}]{`)), [], name);
    }
  });
});

function published(peers: Published["peers"]): Published {
  return {
    workload: "echo_idle",
    title: "Echo, idle",
    machine: { ...machine, versions: { deno: "2.9.6", bun: "1.4.5", node: "26.10.0" } },
    rounds: 5,
    metrics: [
      { name: "p50", title: "median round trip", unit: "µs" },
      { name: "p99", title: "99th percentile", unit: "µs" },
      { name: "cpu", title: "CPU time", unit: "µs" },
    ],
    peers,
    limits: [],
  };
}

const machine = { kernel: "Linux 6.18.44-fc-v1 x64", cpu: "AMD EPYC", cpus: 2, memory: "4 GiB" };
const measuredPeers: Published["peers"] = [
  { peer: "fdready-node-uv", label: "fdready, Node, uv", medians: { p50: 50, p99: 300, cpu: 60 } },
  { peer: "node", label: "Node, net.Socket({ fd })", medians: { p50: 40, p99: 100, cpu: 20 } },
  { peer: "trio", label: "Trio", medians: {} },
];

describe("summaryTable()", () => {
  const results = new Map([["echo_idle", published(measuredPeers)]]);

  it("shows the median with the 99th percentile and the CPU time, and as multiples", () => {
    assertStringIncludes(
      summaryTable(results),
      "| Node | 50.0 µs (1.25 ×) | 300 µs (3.00 ×) | 60.0 µs (3.00 ×) |",
    );
  });

  it("says which machine it was", () => {
    const text = "5 rounds on a virtual machine with 2 cores of an AMD EPYC under Firecracker, " +
      "Linux 6.18.44, Deno 2.9.6, Bun 1.4.5 and Node 26.10.0.";
    assertStringIncludes(summaryTable(results), text);
  });
});

describe("workloadTable()", () => {
  it("has a row for each measured peer, and a column for each metric", () => {
    assertEquals(
      workloadTable(published(measuredPeers)),
      [
        "|  | Median round trip, µs | 99th percentile, µs | CPU time, µs |",
        "| --- | ---: | ---: | ---: |",
        "| fdready, Node, uv | 50.0 | 300 | 60.0 |",
        "| Node, net.Socket({ fd }) | 40.0 | 100 | 20.0 |",
      ].join("\n"),
    );
  });

  it("has a column for each size", () => {
    const sized = [1000, 20_000].map((size) => ({
      ...measuredPeers[0]!,
      size,
      medians: { p50: size / 1000 },
    }));
    const { metrics, ...rest } = published(sized);
    const [first] = workloadTable({ ...rest, metrics: metrics.slice(0, 1) }).split("\n");
    assertEquals(
      first,
      "|  | Median round trip, n = 1,000, µs | Median round trip, n = 20,000, µs |",
    );
  });
});

describe("limitTable()", () => {
  const missed = { text: "echo: ours ÷ C", atMost: 1.5, measured: 1.72, met: false };
  const met = { text: "heap: ours", atMost: 700, unit: "bytes", measured: 641.2, met: true };
  const absent = { text: "echo: ours ÷ tokio", atMost: 2 };

  it("shows each limit with its measurement, and explains each missed one", () => {
    const reasons = [[/^echo/, "it calls more."], [/^heap/, "it needn't be said."]] as const;
    const table = [
      "| Limit | At most | Measured | Verdict |",
      "| --- | ---: | ---: | ---: |",
      "| echo: ours ÷ C | 1.5 | 1.72 | missed |",
      "| heap: ours | 700 bytes | 641 bytes | met |",
      "| echo: ours ÷ tokio | 2 |  | not measured |",
    ].join("\n");
    const list = "Missed:\n\n- echo: ours ÷ C: it calls more.";
    assertEquals(limitTable([missed, met, absent], reasons), `${table}\n\n${list}`);
    const two = "- echo: ours ÷ C; echo: ours ÷ D: it calls more.";
    const other = { ...missed, text: "echo: ours ÷ D" };
    assertStringIncludes(limitTable([missed, other], reasons), `Missed:\n\n${two}`);
    assertEquals(limitTable([met], reasons).split("\n").length, 3);
  });

  it("says so if there is no explanation", () => {
    assertStringIncludes(limitTable([missed], []), "- echo: ours ÷ C: no reason known yet");
  });
});
