/** Checks constants and layouts against the C headers, with a C compiler. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The compilers, by the architecture that they compile for, as in `process.arch`. */
export const compilers: Readonly<Record<string, string>> = {
  x64: process.arch === "x64" ? "cc" : "x86_64-linux-gnu-gcc",
  arm64: process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc",
};

/** The reason why `compiler` can't compile `headers`, or undefined if it can. */
export function cannotCompile(compiler: string, headers: readonly string[]): string | undefined {
  const errors = compile(compiler, headers, []);
  if (errors === undefined) return `needs the C compiler ${compiler}`;
  return errors === "" ? undefined : `${compiler} lacks headers: ${errors.split("\n")[0]}`;
}

/** The compiler's errors about `statements`, such as `_Static_assert(...)`. Empty if all hold. */
export function compile(
  compiler: string,
  headers: readonly string[],
  statements: readonly string[],
): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "fdready-"));
  try {
    const path = join(folder, "check.c");
    const includes = headers.map((name) => `#include <${name}>`);
    writeFileSync(path, ["#define _GNU_SOURCE", ...includes, ...statements, ""].join("\n"));
    const { error, stderr } = spawnSync(compiler, ["-fsyntax-only", path], { encoding: "utf8" });
    return error === undefined ? stderr : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
