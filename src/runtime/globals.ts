/**
 * The runtime's globals as they were when this module was imported, since programs replace
 * `process` and tests the timers.
 */

import { UnsupportedPlatformError } from "./errors.ts";

/** A pending timer. */
export interface Timer {
  ref(): void;
  unref(): void;
}

/**
 * The members of a port of `MessageChannel` that are used. Its `ref` and `unref` are not the Web's.
 */
export interface MessagePortLike {
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
}

/** Two connected ports. */
export interface MessageChannelLike {
  readonly port1: MessagePortLike;
  readonly port2: MessagePortLike;
}

/** The part of `process` that is used here. */
interface Process {
  readonly versions?: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly arch: string;
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: string): unknown;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

/**
 * Captures a global. Deno makes some of them when they are first used, which takes its time. So
 * only the property is read here, and the value at the first call.
 */
function captureGlobal<T>(name: string): () => T {
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  let value: T | undefined;
  return () => value ??= property?.get ? property.get.call(globalThis) : property?.value;
}

/** The global `process`, if there is one. */
export const capturedProcess = captureGlobal<Process | undefined>("process");
const capturedSetImmediate = captureGlobal<(callback: () => void) => unknown>("setImmediate");
const capturedSetTimeout = captureGlobal<(callback: () => void, ms: number) => Timer>("setTimeout");
/** The global `MessageChannel`. */
export const capturedMessageChannel = captureGlobal<new () => MessageChannelLike>("MessageChannel");
const capturedClearTimeout = captureGlobal<(timer: Timer) => void>("clearTimeout");

/**
 * The global of that name. No runtime makes it late, and nothing stands between it and its callers.
 */
export const queueMicrotask: (callback: () => void) => void = globalThis.queueMicrotask;

const { performance } = globalThis;
const performanceNow = performance.now;

/** The time in ms, as `performance.now` returns it. It never goes back. */
export function now(): number {
  return performanceNow.call(performance);
}

/** Calls the global of that name. */
export function setImmediate(callback: () => void): void {
  capturedSetImmediate()(callback);
}

/** Calls the global of that name. */
export function setTimeout(callback: () => void, milliseconds: number): Timer {
  return capturedSetTimeout()(callback, milliseconds);
}

/** Calls the global of that name. The global isn't read if there is nothing to clear. */
export function clearTimeout(timer: Timer | undefined): void {
  if (timer !== undefined) capturedClearTimeout()(timer);
}

/**
 * The runtime's `process`.
 *
 * @throws {UnsupportedPlatformError} If the program replaced it before it imported this module.
 */
export function runtimeProcess(): Required<Process> {
  const process = capturedProcess();
  if (process?.getBuiltinModule !== undefined) return process as Required<Process>;
  throw new UnsupportedPlatformError(
    "globalThis.process isn't the runtime's own: import fdready before what replaces it",
  );
}

/** A module that is part of the runtime, which loads it at the first use. */
export function getBuiltinModule(name: string): unknown {
  return runtimeProcess().getBuiltinModule(name);
}
