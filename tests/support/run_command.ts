import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import process from "node:process";
import { type Outcome, outcome } from "./programs.ts";
import { root } from "./root.ts";

/** The options that ask for help. */
export const help = ["--help", "-h"];

/** Runs a command in the repository, and asserts that it changes nothing there. */
export async function runUntouched(command: string, args: readonly string[]): Promise<Outcome> {
  const before = state();
  const result = await outcome(spawn(command, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  }));
  assertEquals(state(), before);
  return result;
}

/** All files of the repository with their modification times, except those of npm and git. */
function state(folder: string = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", ".git"].includes(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? state(path) : [`${path} ${statSync(path).mtimeMs}`];
  });
}

/** The outcome of a program that is given an option that it doesn't have. */
export const refusal: Outcome = {
  code: 2,
  signal: null,
  output: "unknown option --no-such-option; --help shows how to use it\n",
};
