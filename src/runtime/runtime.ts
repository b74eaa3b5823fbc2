/**
 * The table of runtimes, and the machine. Both come from the runtime's own globals, because loading
 * Deno's `node:process` takes as long as loading all of this module.
 */

import { UnsupportedPlatformError } from "./errors.ts";
import { capturedProcess, getBuiltinModule, runtimeProcess } from "./globals.ts";

/** The runtimes that this module supports. */
export type RuntimeName = "bun" | "deno" | "node";

/** What is known about a runtime. */
interface RuntimeFacts {
  /** Its name in messages. */
  readonly title: string;
  /** The oldest version on which the test suite passes. */
  readonly oldest: string;
  /** Whether it calls signal listeners in Workers. */
  readonly hasSignalsInWorkers: boolean;
  /** The version, if this is the runtime. */
  detectVersion(): string | undefined;
  /**
   * Explains why `version` can't be used, unless it can, where there is more to say than that it is
   * old.
   */
  explain?(version: string): string | undefined;
}

/** The runtimes, in the order of detection. */
export const runtimes: Readonly<Record<RuntimeName, RuntimeFacts>> = {
  deno: {
    title: "Deno",
    oldest: "2.8.0",
    hasSignalsInWorkers: true,
    detectVersion: () => denoGlobal()?.version.deno ?? processVersion("deno"),
  },
  bun: {
    title: "Bun",
    oldest: "1.4.0",
    hasSignalsInWorkers: false,
    detectVersion: () => processVersion("bun"),
  },
  // Last, because the others have a version of Node too.
  node: {
    title: "Node",
    oldest: "26.9.0",
    hasSignalsInWorkers: false,
    detectVersion: () => processVersion("node"),
    explain: explainNode,
  },
};

/**
 * The part of the runtimes' globals that is used here, so that no runtime's type package is needed.
 */
interface Globals {
  readonly Bun?: object;
  readonly Deno?: {
    readonly build: { readonly os: string; readonly arch: string };
    readonly version: { readonly deno?: string };
    readonly pid: number;
    readonly env: { toObject(): Record<string, string> };
    readonly dlopen?: unknown;
  };
}

const globals: Globals = globalThis as object;

/**
 * Deno's global, unless Bun or a program defined it. Where that leaves doubt, `process` decides.
 */
function denoGlobal(): Globals["Deno"] {
  return globals.Bun === undefined && globals.Deno?.dlopen !== undefined ? globals.Deno : undefined;
}

/**
 * `node:ffi` came with 26.1, its `getCurrentEventLoop` with 26.6. 26.9 was the first to need no
 * flag. Functions that V8 has optimized refuse buffers in 26.6 and 26.7.
 */
function explainNode(version: string): string | undefined {
  if (isOlder(version, runtimes.node.oldest)) {
    return `fdready needs node:ffi of Node 26.9 or later; this is Node ${version}`;
  }
  if (getBuiltinModule("node:ffi") !== undefined) return undefined;
  return "fdready needs node:ffi: start Node without the flag --no-experimental-ffi";
}

function processVersion(name: string): string | undefined {
  return capturedProcess()?.versions?.[name];
}

let current: RuntimeName | undefined;

/**
 * The runtime that this is.
 *
 * @throws {UnsupportedPlatformError} If it isn't supported.
 */
export function currentRuntime(): RuntimeName {
  return current ??= detectRuntime();
}

function detectRuntime(): RuntimeName {
  const entries = Object.entries(runtimes) as [RuntimeName, RuntimeFacts][];
  for (const [name, { title, oldest, detectVersion, explain }] of entries) {
    const version = detectVersion();
    if (version === undefined) continue;
    const explanation = explain?.(version);
    if (explanation !== undefined) throw new UnsupportedPlatformError(explanation);
    if (!isOlder(version, oldest)) return name;
    throw new UnsupportedPlatformError(
      `fdready needs ${title} ${oldest} or later; this is ${title} ${version}`,
    );
  }
  const titles = entries.map(([, { title }]) => title);
  throw new UnsupportedPlatformError(
    `fdready needs ${titles.slice(0, -1).join(", ")} or ${titles.at(-1)}, for their foreign ` +
      "function interface; this is none of them",
  );
}

/** The version of this runtime. */
export function runtimeVersion(): string {
  return runtimes[currentRuntime()].detectVersion()!;
}

/** Whether this is Deno of `version` or earlier. */
export function isDenoUpTo(version: string): boolean {
  return currentRuntime() === "deno" && !isOlder(version, runtimeVersion());
}

/** The operating system, under the name in `process.platform`. */
export function platform(): string {
  return denoGlobal()?.build.os ?? runtimeProcess().platform;
}

/** The processor's architecture, under the name in `process.arch`. */
export function architecture(): string {
  const arch = denoGlobal()?.build.arch;
  if (arch === undefined) return runtimeProcess().arch;
  return { x86_64: "x64", aarch64: "arm64" }[arch] ?? arch;
}

/** The number of the process. */
export function processId(): number {
  return denoGlobal()?.pid ?? runtimeProcess().pid;
}

/** The environment of the process, with the changes that the program has made. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return denoGlobal()?.env.toObject() ?? runtimeProcess().env;
}

/** Whether `version` comes before `other`. A prerelease counts as its release. */
export function isOlder(version: string, other: string): boolean {
  const [left, right] = [parseVersion(version), parseVersion(other)];
  const index = left.findIndex((number, index) => number !== right[index]);
  return index !== -1 && left[index]! < right[index]!;
}

function parseVersion(version: string): [major: number, minor: number, patch: number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}
