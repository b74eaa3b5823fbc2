/**
 * The runtime, and the machine that it runs on, by the runtime's own globals: to load Deno's
 * `node:process` takes as long as all of this module.
 */

import { UnsupportedPlatformError } from "./errors.ts";

/** The runtimes that this module knows. */
export type Runtime = "deno" | "bun";

/** The oldest ones on which the test suite passes. */
export const oldest = { bun: "1.4.0", deno: "2.8.0" } as const;

/** As much of the runtimes' globals as is used here, so that no runtime's type package is needed. */
interface Globals {
  readonly Bun?: object;
  readonly Deno?: {
    readonly build: { readonly os: string; readonly arch: string };
    readonly version: Partial<Record<Runtime, string>>;
    readonly pid: number;
    readonly dlopen?: unknown;
  };
}

/** As much of `process` as is used here. */
interface Process {
  readonly versions?: Partial<Record<Runtime, string>>;
  readonly platform: string;
  readonly arch: string;
  readonly pid: number;
  getBuiltinModule?(name: string): unknown;
}

/** A timer under way. */
export interface Timer {
  ref(): void;
  unref(): void;
}

const globals: Globals = globalThis as object;

/**
 * Looks up a global as it was when this module was imported, since programs replace `process` and
 * tests the timers. Deno makes these when somebody uses them, which takes its time, so that nothing
 * but the property is looked at before.
 */
function original<T>(name: string): () => T {
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  let value: T | undefined;
  return () => value ??= property?.get ? property.get.call(globalThis) : property?.value;
}

const process = original<Process | undefined>("process");
const originalSetImmediate = original<(callback: () => void) => unknown>("setImmediate");
const originalSetTimeout = original<(callback: () => void, ms: number) => Timer>("setTimeout");
const originalClearTimeout = original<(timer: Timer) => void>("clearTimeout");

/** The global of that name. Neither runtime makes it late, and there is nothing between it and its callers. */
export const queueMicrotask: (callback: () => void) => void = globalThis.queueMicrotask;

/** As the global of that name. */
export function setImmediate(callback: () => void): void {
  originalSetImmediate()(callback);
}

/** As the global of that name. */
export function setTimeout(callback: () => void, milliseconds: number): Timer {
  return originalSetTimeout()(callback, milliseconds);
}

/** As the global of that name, which isn't looked up if there is nothing to clear. */
export function clearTimeout(timer: Timer | undefined): void {
  if (timer !== undefined) originalClearTimeout()(timer);
}

/**
 * Deno's global, if this is Deno and it takes no more to tell. Either runtime may define the other's
 * global; then it is for `process` to tell.
 */
function deno(): Globals["Deno"] {
  return globals.Bun === undefined && globals.Deno?.dlopen !== undefined ? globals.Deno : undefined;
}

/** The version of `runtime`, if this is it. */
function versionOf(runtime: Runtime): string | undefined {
  const known = deno()?.version ?? process()?.versions;
  return known?.[runtime];
}

/** The runtime; throws an `UnsupportedPlatformError` if it is none that will do. */
export function currentRuntime(): Runtime {
  for (const runtime of ["bun", "deno"] as const) {
    const version = versionOf(runtime);
    if (version === undefined) continue;
    if (isOlder(version, oldest[runtime])) {
      throw new UnsupportedPlatformError(
        `fdready needs ${runtime} ${oldest[runtime]} or later; this is ${version}`,
      );
    }
    return runtime;
  }
  throw new UnsupportedPlatformError(
    "fdready needs Deno or Bun, for their foreign function interface; this is neither",
  );
}

/** Whether this is Deno of `version` or earlier. */
export function isDenoUpTo(version: string): boolean {
  const own = versionOf("deno");
  return own !== undefined && !isOlder(version, own);
}

/** The operating system, as `process.platform` names it. */
export function platform(): string {
  return deno()?.build.os ?? ownProcess().platform;
}

/** The processor's architecture, as `process.arch` names it. */
export function architecture(): string {
  const arch = deno()?.build.arch;
  if (arch === undefined) return ownProcess().arch;
  return { x86_64: "x64", aarch64: "arm64" }[arch] ?? arch;
}

/** The number of the process. */
export function processId(): number {
  return deno()?.pid ?? ownProcess().pid;
}

/** A module of the runtime's own, which is loaded by that if nobody has used it yet. */
export function getBuiltinModule(name: string): unknown {
  return ownProcess().getBuiltinModule(name);
}

function ownProcess(): Required<Process> {
  const own = process();
  if (own?.getBuiltinModule !== undefined) return own as Required<Process>;
  throw new UnsupportedPlatformError(
    "globalThis.process isn't the runtime's own: import fdready before what replaces it",
  );
}

/** Whether `version` comes before `other`; a prerelease counts as its release. */
export function isOlder(version: string, other: string): boolean {
  const [left, right] = [numbers(version), numbers(other)];
  const index = left.findIndex((number, index) => number !== right[index]);
  return index !== -1 && left[index]! < right[index]!;
}

function numbers(version: string): [major: number, minor: number, patch: number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}
