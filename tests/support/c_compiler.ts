/** Asking C's own headers, by compiling. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The compilers that there may be, by the architecture they compile for as `process.arch` names it. */
export const compilers: Readonly<Record<string, string>> = {
  x64: process.arch === "x64" ? "cc" : "x86_64-linux-gnu-gcc",
  arm64: process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc",
};

/** Why `compiler` can't be asked about `headers`; undefined if it can. */
export function cannotCompile(compiler: string, headers: readonly string[]): string | undefined {
  const errors = compile(compiler, headers, []);
  if (errors === undefined) return `needs the C compiler ${compiler}`;
  return errors === "" ? undefined : `${compiler} lacks headers: ${errors.split("\n")[0]}`;
}

/** The statements of C, such as `_Static_assert(...)`, that don't hold: the compiler's words. */
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
