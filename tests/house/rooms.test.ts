/**
 * The rooms of `src`: imports point one way, and runtimes are named where they belong. The packages use
 * what users have. Nowhere do files import each other in a circle.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { dependencies, packages } from "../support/packages.ts";
import { type Source, source, sources } from "../support/sources.ts";

/** Each room may import from those of the rows below. */
const rooms: readonly (readonly string[])[] = [
  ["mod.ts"],
  ["stream", "exclusive"],
  ["os", "manager"],
  ["driver", "wakeup"],
  ["ffi"],
];

const files = [source("mod.ts"), ...sources("src")];

function roomOf(path: string): string {
  return path.startsWith("src/") ? path.split("/")[1]! : path;
}

function rowOf(room: string): number {
  return rooms.findIndex((row) => row.includes(room));
}

describe("imports", () => {
  it("point one way", () => {
    const wrong = files.flatMap(({ path, imports }) => {
      const from = roomOf(path);
      return imports.filter((name) => name.startsWith("src/"))
        .filter((name) => roomOf(name) !== from && rowOf(roomOf(name)) <= rowOf(from))
        .map((name) => `${path} imports ${name}`);
    });
    assertEquals(wrong, []);
  });

  it("come from rooms that have a row", () => {
    assertEquals(files.filter(({ path }) => rowOf(roomOf(path)) === -1), []);
  });

  it("go round in no circle", () => {
    const others = ["bench", "tests", "examples", "packages"].flatMap(sources);
    const all = [...files, ...others];
    const imports = new Map(all.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
      if (way.includes(path) || done.has(path)) return;
      for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    };
    for (const path of imports.keys()) visit(path, []);
    assertEquals(circles, []);
  });

  it("are of the project's own files and of the runtimes' modules", () => {
    const others = files.flatMap(({ path, imports }) =>
      imports.filter((name) => !name.startsWith("src/") && !name.startsWith("node:"))
        .map((name) => `${path} imports ${name}`)
    );
    assertEquals(others, []);
  });
});

/** What users of `folder` get. */
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

describe("the runtimes", () => {
  it("are named in src/ffi and in files that are named after one", () => {
    const named = [...files, ...packages.flatMap(published)]
      .filter(({ path }) => roomOf(path) !== "ffi" && !/_(deno|bun)\.ts$/.test(path))
      .flatMap(({ path, code }) =>
        Array.from(
          code.matchAll(/\b(?:Deno|Bun)\b[.(]|bun:ffi/g),
          ([name]) => `${path}: ${name}`,
        )
      );
    assertEquals(named, []);
  });
});
