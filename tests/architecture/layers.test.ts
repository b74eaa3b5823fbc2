/**
 * The layers of `src`: imports point one way, and runtimes are named where they belong. The
 * packages use the public API. No files import each other in a cycle.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { dependencies, packages } from "../support/packages.ts";
import { type Source, source, sources } from "../support/sources.ts";

/** Each layer may import from the rows below its own. */
const layers: readonly (readonly string[])[] = [
  ["mod.ts", "src/os/mod.ts"],
  ["stream", "exclusive", "connect"],
  ["os", "manager"],
  ["driver", "wakeup"],
  ["sys"],
  ["ffi"],
  ["runtime"],
];

const files = [source("mod.ts"), ...sources("src")];

function layerOf(path: string): string {
  // An entry point is above the layer of its folder.
  return path.startsWith("src/") && path !== "src/os/mod.ts" ? path.split("/")[1]! : path;
}

function rowOf(layer: string): number {
  return layers.findIndex((row) => row.includes(layer));
}

describe("imports", () => {
  it("point one way", () => {
    const wrong = files.flatMap(({ path, imports }) => {
      const from = layerOf(path);
      return imports.filter((name) => name.startsWith("src/"))
        .filter((name) => layerOf(name) !== from && rowOf(layerOf(name)) <= rowOf(from))
        .map((name) => `${path} imports ${name}`);
    });
    assertEquals(wrong, []);
  });

  it("come from layers that have a row", () => {
    assertEquals(files.filter(({ path }) => rowOf(layerOf(path)) === -1), []);
  });

  it("have no cycles", () => {
    const others = ["_tools", "bench", "experiments", "tests", "examples", "packages"].flatMap(
      sources,
    );
    const all = [...files, ...others];
    const imports = new Map(all.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" → "));
      if (way.includes(path) || done.has(path)) return;
      for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    };
    for (const path of imports.keys()) visit(path, []);
    assertEquals(cycles, []);
  });

  it("are of the project's own files and of the runtimes' modules", () => {
    const others = files.flatMap(({ path, imports }) =>
      imports.filter((name) => !name.startsWith("src/") && !name.startsWith("node:"))
        .map((name) => `${path} imports ${name}`)
    );
    assertEquals(others, []);
  });
});

/** The files that users of `folder` get. */
function published(folder: string): Source[] {
  return [source(`${folder}/mod.ts`), ...sources(`${folder}/src`)];
}

describe("packages", () => {
  for (const folder of packages) {
    it(`import the public API, and what they depend on, alone: ${folder}`, () => {
      const outside = [
        "@fdready/fdready",
        "@fdready/fdready/os",
        ...Object.keys(dependencies(folder)),
      ];
      const others = published(folder).flatMap(({ path, imports }) =>
        imports.filter((name) => !name.startsWith(`${folder}/`) && !name.startsWith("node:"))
          .filter((name) => !outside.includes(name))
          .map((name) => `${path} imports ${name}`)
      );
      assertEquals(others, []);
    });
  }
});

/** Names of runtimes in code. `node:fs` is a name that all of them have. */
const runtimeNames = /\b(?:Deno|Bun)\b[.(]|bun:ffi|node:ffi|\b(?:deno|bun|node)\b(?!:)/g;

describe("the runtimes", () => {
  it("are named in src/runtime, in src/ffi, in their table and in files that are named after one", () => {
    const named = [...files, ...packages.flatMap(published)]
      .filter(({ path }) => !["runtime", "ffi"].includes(layerOf(path)))
      .filter(({ path }) => path !== "src/driver/runtime_parts.ts")
      .filter(({ path }) => !/_(deno|bun|node)\.ts$/.test(path))
      .flatMap(({ path, code }) =>
        Array.from(code.matchAll(runtimeNames), ([name]) => `${path}: ${name}`)
      );
    assertEquals(named, []);
  });

  it("have parts that only their table and each other import", () => {
    const parts = /_(deno|bun|node)\.ts$/;
    const others = files
      .filter(({ path }) => path !== "src/driver/runtime_parts.ts")
      .flatMap(({ path, imports }) =>
        imports.filter((name) => parts.test(name) && parts.exec(name)![1] !== parts.exec(path)?.[1])
          .map((name) => `${path} imports ${name}`)
      );
    assertEquals(others, []);
  });
});
