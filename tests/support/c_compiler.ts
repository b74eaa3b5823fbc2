/** Checks constants and layouts against the C headers, with a C compiler. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A C compiler, with the headers of one C library for one architecture. */
export interface Compiler {
  /** The architecture that it compiles for, as in `process.arch`. */
  readonly architecture: "x64" | "arm64";
  /** Its command. */
  readonly command: string;
  /** Whether its C library is musl, which brings no headers of the kernel. */
  readonly musl?: boolean;
}

/** The compilers, by their target architecture. */
export const compilers: Readonly<Record<string, Compiler>> = {
  x64: { architecture: "x64", command: process.arch === "x64" ? "cc" : "x86_64-linux-gnu-gcc" },
  arm64: {
    architecture: "arm64",
    command: process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc",
  },
  "x64 with musl": {
    architecture: "x64",
    command: process.arch === "x64" ? "musl-gcc" : "x86_64-linux-musl-gcc",
    musl: true,
  },
};

/** The kernel's headers of this machine. glibc's are beside them, and must not be found. */
const kernelHeaders = ["linux", "asm-generic", `${machine()}-linux-gnu/asm`];

function machine(): string {
  return process.arch === "arm64" ? "aarch64" : "x86_64";
}

/** The reason why `compiler` can't compile `headers`, or undefined if it can. */
export function cannotCompile(compiler: Compiler, headers: readonly string[]): string | undefined {
  const errors = compile(compiler, headers, []);
  if (errors === undefined) return `needs the C compiler ${compiler.command}`;
  return errors === "" ? undefined : `${compiler.command} lacks headers: ${errors.split("\n")[0]}`;
}

/** The compiler's errors about `statements`, such as `_Static_assert(...)`. Empty if all hold. */
export function compile(
  compiler: Compiler,
  headers: readonly string[],
  statements: readonly string[],
): string | undefined {
  const includes = headers.map((name) => `#include <${name}>`);
  return run(compiler, ["#define _GNU_SOURCE", ...includes, ...statements], ["-fsyntax-only"]);
}

/** The linker's errors about the C library's `functions`. Empty if it has all of them. */
export function link(compiler: Compiler, functions: readonly string[]): string | undefined {
  const declarations = functions.map((name) => `extern char ${name}[];`);
  const main = [`void *all[] = { ${functions.join(", ")} };`, "int main(void) { return !all[0]; }"];
  return run(compiler, [...declarations, ...main], ["-fno-builtin", "-w", "-o", "program"]);
}

function run(compiler: Compiler, lines: string[], options: string[]): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "fdready-"));
  try {
    writeFileSync(join(folder, "check.c"), [...lines, ""].join("\n"));
    const headers = compiler.musl ? ["-idirafter", linkKernelHeaders(folder)] : [];
    const args = [...headers, ...options, "check.c"];
    const { error, stderr } = spawnSync(compiler.command, args, { encoding: "utf8", cwd: folder });
    return error === undefined ? stderr : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function linkKernelHeaders(folder: string): string {
  const headers = join(folder, "kernel");
  mkdirSync(headers);
  for (const path of kernelHeaders) {
    symlinkSync(`/usr/include/${path}`, join(headers, path.split("/").at(-1)!));
  }
  return headers;
}
