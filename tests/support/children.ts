/** Children of this process, started by `spawn` of `./os`. */

import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { waitReadable } from "../../mod.ts";
import {
  close,
  type ExitStatus,
  type PathLike,
  pipe,
  read,
  spawn,
  type SpawnOptions,
  waitPidfd,
} from "../../src/os/mod.ts";
import { until } from "./event_loop.ts";

/** The end of a child, and its output. */
export interface ChildResult extends ExitStatus {
  readonly output: string;
}

/**
 * Runs a program to its end; its standard error is its output too unless `options` say otherwise.
 */
export async function run(path: PathLike, options: SpawnOptions = {}): Promise<ChildResult> {
  const [reader, writer] = pipe();
  const { stdio = [] } = options;
  const descriptors = [stdio[0] ?? null, stdio[1] ?? writer, stdio[2] ?? writer, ...stdio.slice(3)];
  try {
    const { pidfd } = spawn(path, { ...options, stdio: descriptors });
    close(writer);
    const output = await readText(reader);
    return { output, ...await ended(pidfd) };
  } catch (error) {
    close(writer);
    throw error;
  } finally {
    close(reader);
  }
}

/** Runs a script of the shell to its end. */
export function runShell(script: string, options: SpawnOptions = {}): Promise<ChildResult> {
  const { args = [] } = options;
  return run("/bin/sh", { ...options, args: ["-c", script, "sh", ...args] });
}

/** Resolves to how the child has ended; closes its `pidfd`. */
export async function ended(pidfd: number): Promise<ExitStatus> {
  await waitReadable(pidfd);
  const status = waitPidfd(pidfd);
  close(pidfd);
  if (status === undefined) throw new Error("The descriptor was readable before the end");
  return status;
}

/** All that can be read from `fd`, up to its end. */
export async function readText(fd: number): Promise<string> {
  const buffer = new Uint8Array(65536);
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const count = read(fd, buffer);
    if (count === 0) return text;
    if (count === undefined) await waitReadable(fd);
    else text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** The pids of this process's children, zombies included. */
export function childPids(): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter(isChild);
}

function isChild(pid: number): boolean {
  return Number(status(`/proc/${pid}`)[1]) === process.pid;
}

/** The state letter of a process or thread with this folder, or undefined if it has ended. */
export function stateOf(folder: string): string | undefined {
  return status(folder)[0];
}

/** Stops a process with SIGSTOP. Resolves when all of its threads have stopped. */
export async function stop(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const tasks = `/proc/${pid}/task`;
  const isStopped = (thread: string) => stateOf(`${tasks}/${thread}`) === "T";
  await until(() => readdirSync(tasks).every(isStopped), () => new Error(`${pid} still runs`));
}

/** The fields of `/proc/PID/stat` from the state on. See proc(5). */
function status(folder: string): string[] {
  try {
    // The fields follow the program's name in parentheses, which may contain anything.
    return readFileSync(`${folder}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== "ENOENT" && code !== "ESRCH") throw error;
    // It has ended.
    return [];
  }
}
