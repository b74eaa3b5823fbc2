/** Comparing with Python, which makes the same system calls. */

import { spawn, spawnSync } from "node:child_process";
import { outcome } from "./programs.ts";

/** The reason why there is no Python; undefined if there is. */
export function cannotRunPython(): string | undefined {
  const { status } = spawnSync("python3", ["-c", "import fcntl, termios"]);
  return status === 0 ? undefined : "needs python3";
}

/**
 * Runs `code` with `fd` as its descriptor 0. Resolves to the value of the last line, an expression
 * that makes a number, a string, or a list or a dictionary of them.
 */
export async function runPython(fd: number, code: string): Promise<unknown> {
  const lines = code.trim().split("\n").map((line) => line.trim());
  const last = lines.pop();
  const imports = "import fcntl, json, os, select, struct, sys, termios";
  const program = [imports, ...lines, `print(json.dumps(${last}))`].join("\n");
  const child = spawn("python3", ["-c", program], { stdio: [fd, "pipe", "pipe"] });
  const { code: exitCode, output } = await outcome(child);
  if (exitCode !== 0) throw new Error(`python3 failed: ${output}`);
  return JSON.parse(output);
}
