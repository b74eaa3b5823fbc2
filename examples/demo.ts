/**
 * A tour: one thread waits for six things at once, while other programs and another thread make
 * them happen. `deno task demo` and `npm run demo` run it on each runtime.
 */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { closeFd, defaultManager, waitReadable, wakeOnSignal, Wakeup } from "@fdready/fdready";
import {
  accept,
  IN_CLOSE_WRITE,
  inotify,
  inotifyAddWatch,
  listenUnix,
  openpty,
  read,
  readInotify,
  timerfd,
} from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";

readCommandLine(
  `
deno run -A examples/demo.ts
bun examples/demo.ts
node examples/demo.ts

Waits for six things at once while other programs and another thread make them happen.
`,
  {},
);

const started = performance.now();

/** Every wait can be aborted. If something here fails to happen, the waits end after this time. */
const options = { signal: AbortSignal.timeout(20_000) };

await main();
for (const [name, value] of Object.entries(defaultManager().statistics())) {
  console.log(`  ${name.padEnd(22)}${String(value).padStart(8)}`);
}
console.log("Nothing is pending any more, so the process exits by itself.");

/** Opens the descriptors, starts the six tasks, and makes the events happen. */
async function main(): Promise<void> {
  using folder = temporaryFolder();
  using timer = owned(timerfd({ initial: 100 }));
  using watch = owned(inotify());
  inotifyAddWatch(watch.fd, folder.path, IN_CLOSE_WRITE);
  const pty = openpty();
  using controller = owned(pty.controller);
  using _terminal = owned(pty.terminal);
  const socketPath = `${folder.path}/socket`;
  using listener = owned(listenUnix(socketPath));
  using bell = new Wakeup();
  using _listening = wakeOnSignal("SIGUSR2", bell);

  // Each task has begun to wait when its call returns.
  const fired = {
    timer: report("timerfd", expirations(timer)),
    watch: report("inotify", changes(watch)),
    terminal: report("pseudo-terminal", line(controller)),
    signal: report("SIGUSR2", wakeups(bell)),
    socket: report("Unix socket", lineOfNextConnection(listener)),
    wakeup: report("Worker", forcedWakeup()),
  };
  const { tasksWaitingRead } = defaultManager().statistics();
  console.log(`${navigator.userAgent} waits for ${tasksWaitingRead} descriptors and a wakeup.`);

  // All of them wait the whole time. The events come in sequence, so that every run looks alike.
  const happen = async () => {
    await fired.timer; // happens by itself
    await shell(`echo hello > '${folder.path}/letter.txt'`);
    await fired.watch;
    await shell(`echo hello from a shell > ${pty.name}`);
    await fired.terminal;
    await shell(`kill -USR2 ${process.pid}`);
    await fired.signal;
    await run(process.execPath, [beside("demo_client.ts"), socketPath]);
    await fired.socket;
    await wakeFromWorker();
    await fired.wakeup;
  };
  await Promise.all([happen(), ...Object.values(fired)]);
}

// The six tasks

async function expirations(timer: Owned): Promise<string> {
  const count = new BigUint64Array(1);
  await whenReadable(timer, () => read(timer.fd, new Uint8Array(count.buffer)));
  return `${count[0]} expiration`;
}

async function changes(watch: Owned): Promise<string> {
  const change = await whenReadable(watch, () => readInotify(watch.fd)[0]);
  return `${change.name} was written`;
}

async function wakeups(bell: Wakeup): Promise<string> {
  await waitReadable(bell, options);
  return `${bell.drain()} wakeup`;
}

async function lineOfNextConnection(listener: Owned): Promise<string> {
  using connection = owned(await whenReadable(listener, () => accept(listener.fd)));
  return await line(connection);
}

async function line(from: Owned): Promise<string> {
  const buffer = new Uint8Array(1024);
  let text = "";
  while (!text.endsWith("\n")) {
    const count = await whenReadable(from, () => read(from.fd, buffer));
    if (count === 0) throw new Error(`The other side closed after ${JSON.stringify(text)}`);
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return JSON.stringify(text);
}

async function forcedWakeup(): Promise<string> {
  await defaultManager().waitWakeup(options);
  return "forced a wakeup";
}

/** A resolved wait is a hint: try, and wait again if that would have blocked. */
async function whenReadable<T>(source: Owned, attempt: () => T | undefined): Promise<T> {
  for (;;) {
    await waitReadable(source, options);
    const result = attempt();
    if (result !== undefined) return result;
  }
}

/** Prints what a task read, and when. */
async function report(what: string, task: Promise<string>): Promise<void> {
  const read = await task;
  const milliseconds = Math.round(performance.now() - started);
  console.log(`${String(milliseconds).padStart(5)} ms  ${what.padEnd(16)} ${read}`);
}

// Making the events happen

/** Sends a Worker the handle that wakes this thread's manager. */
async function wakeFromWorker(): Promise<void> {
  const worker = new Worker(beside("demo_worker.ts"));
  worker.postMessage(defaultManager().wakeupHandle());
  await once(worker, "exit");
}

async function shell(command: string): Promise<void> {
  await run("sh", ["-c", command]);
}

async function run(program: string, args: string[]): Promise<void> {
  await promisify(execFile)(program, args);
}

/** The path of a file in this folder. */
function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

// Cleaning up

/** A descriptor that `using` closes. Every object with an `fd` can be waited for. */
interface Owned extends Disposable {
  readonly fd: number;
}

function owned(fd: number): Owned {
  return { fd, [Symbol.dispose]: () => closeFd(fd) };
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync("/tmp/fdready-demo-");
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
