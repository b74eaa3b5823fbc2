/**
 * The page of benchmarks shows all results: a chart for each workload, its limits, and
 * explanations.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
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

describe("limitTable()", () => {
  const missed = { text: "echo: ours ÷ C", atMost: 1.5, measured: 1.72, met: false };
  const met = { text: "heap: ours", atMost: 700, unit: "bytes", measured: 641.2, met: true };
  const absent = { text: "echo: ours ÷ tokio", atMost: 2 };

  it("shows each limit with its measurement, and explains each missed one", () => {
    const reasons = { [missed.text]: "it calls more.", [met.text]: "it needn't be said." };
    const table = [
      "|  | at most | measured |  |",
      "| --- | ---: | ---: | ---: |",
      "| echo: ours ÷ C | 1.5 | 1.72 | missed |",
      "| heap: ours | 700 bytes | 641 bytes | met |",
      "| echo: ours ÷ tokio | 2 |  | not measured |",
    ].join("\n");
    const list = "Missed:\n\n- echo: ours ÷ C: it calls more.";
    assertEquals(limitTable([missed, met, absent], reasons), `${table}\n\n${list}`);
    assertEquals(limitTable([met], reasons).split("\n").length, 3);
  });

  it("says so if there is no explanation", () => {
    assertStringIncludes(limitTable([missed], {}), "- echo: ours ÷ C: no reason known yet");
  });
});
