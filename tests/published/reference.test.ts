/** The reference: its examples, and its web pages. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import * as fdready from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { packages } from "../support/packages.ts";
import { runtime } from "../support/programs.ts";
import { root } from "../support/root.ts";
import { describeUnless } from "../support/skip.ts";
import { sources } from "../support/sources.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { runUntouched } from "../support/run_command.ts";

/** The examples in the comments of `text`. */
function examples(text: string): { title: string; code: string }[] {
  const comments = text.match(/\/\*\*.*?\*\//gs) ?? [];
  return comments.flatMap((comment) => comment.split(/^ *\* @example\b/m).slice(1)).map((
    example,
  ) => ({
    title: example.split("\n")[0]!.trim(),
    code: /```ts\n(.*?)```/s.exec(example)?.[1] ?? "",
  }));
}

describe("examples in comments", () => {
  const paths = packages.flatMap((path) => [
    `${path}/mod.ts`,
    ...sources(`${path}/src`).map(({ path }) => path),
  ]);

  it("have titles, and assert their results", () => {
    const all = ["mod.ts", ...sources("src").map(({ path }) => path), ...paths].flatMap((path) =>
      examples(readFileSync(`${root}/${path}`, "utf8")).map((one) => ({ path, ...one }))
    );
    assert(all.length > 100);
    const wrong = all.filter(({ title, code }) =>
      title === "" || !/\bassert\w*\(/.test(code) || /\bconsole\./.test(code)
    );
    assertEquals(wrong, []);
  });
});

describe("conditions of errors in comments", () => {
  it("are written out, and don't refer to another function", () => {
    const wrong = ["mod.ts", ...sources("src").map(({ path }) => path)].filter((path) =>
      /@throws \{\w+\} As (for )?\{@link/.test(readFileSync(`${root}/${path}`, "utf8"))
    );
    assertEquals(wrong, []);
  });
});

describeUnless(runtime === "deno" ? undefined : "Deno builds it", "deno task doc:html", () => {
  it("creates a page for each export of each entry point", async () => {
    using folder = new TemporaryFolder();
    const args = ["task", "--quiet", "doc:html", "--output", folder.path];
    const { code, output } = await runUntouched(process.execPath, args);
    assertEquals(code, 0, output);
    const pages = new Set(readdirSync(folder.path, { recursive: true, encoding: "utf8" }));
    const wanted = [
      "index.html",
      ...Object.keys(fdready).map((name) => `~/${name}.html`),
      ...Object.keys(os).map((name) => `os/~/${name}.html`),
      ...packages.map((path) => `${path}/mod.ts/index.html`),
    ];
    assertEquals(wanted.filter((page) => !pages.has(page)), []);
    const usage = (page: string) =>
      /Usage<\/h3>.*? from &quot;(.*?)&quot;/s.exec(readFileSync(`${folder.path}/${page}`, "utf8"))
        ?.[1];
    assertEquals(usage("~/waitReady.html"), "@fdready/fdready");
    assertEquals(usage("os/~/tcgetattr.html"), "@fdready/fdready/os");
    assertEquals(usage("packages/pty/mod.ts/~/spawn.html"), "@fdready/pty");
  });
});
