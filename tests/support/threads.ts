/** Finds the threads of a process, and the epoll instances that block them. */

import { readdirSync, readFileSync } from "node:fs";
import { kernelArchitecture } from "./emulated.ts";
import { until as untilTurn } from "./event_loop.ts";

/** The numbers of the system calls that implement epoll_wait(3). */
const epollWaitCalls = kernelArchitecture === "arm64" ? ["22"] : ["232", "281"];

/** The numbers of the system calls that implement poll(2). */
const pollCalls = kernelArchitecture === "arm64" ? ["73"] : ["7", "271"];

/** The epoll instances that `fd` is registered with. */
export function instancesWith(fd: number, process: number | "self" = "self"): number[] {
  const registration = new RegExp(`^tfd: +${fd} `, "m");
  return contents(`/proc/${process}/fdinfo`, "")
    .filter(({ text }) => registration.test(text))
    .map(({ name }) => Number(name));
}

/** The epoll instances that block a thread now. */
export function blockedInstances(process: number | "self" = "self"): Set<number> {
  const instances = new Set<number>();
  for (const { text } of contents(`/proc/${process}/task`, "/syscall")) {
    const [call = "", argument = ""] = text.split(" ");
    if (epollWaitCalls.includes(call)) instances.add(Number(argument));
  }
  return instances;
}

/** The threads of this process that are blocked in poll(2) on `count` descriptors now. */
export function threadsPolling(count: number): Set<string> {
  const threads = new Set<string>();
  for (const { name, text } of contents("/proc/self/task", "/syscall")) {
    const [call = "", , descriptors] = text.split(" ");
    if (pollCalls.includes(call) && Number(descriptors) === count) threads.add(name);
  }
  return threads;
}

/** Resolves when a thread is blocked in each of `instances`. */
export function allAsleep(
  instances: readonly number[],
  process: number | "self" = "self",
): Promise<void> {
  return until(() => {
    const blocked = blockedInstances(process);
    return instances.every((instance) => blocked.has(instance));
  });
}

/** Resolves when no thread is blocked in `instance` any longer. */
export function left(instance: number): Promise<void> {
  return until(() => !blockedInstances().has(instance));
}

/** Resolves when `condition` returns true. */
export function until(condition: () => boolean): Promise<void> {
  return untilTurn(condition, () => new Error(`It has never become true: ${condition}`));
}

function contents(folder: string, file: string): { name: string; text: string }[] {
  return readdirSync(folder).flatMap((name) => {
    try {
      return [{ name, text: readFileSync(`${folder}/${name}${file}`, "utf8") }];
    } catch {
      // It has disappeared since the folder was listed.
      return [];
    }
  });
}
