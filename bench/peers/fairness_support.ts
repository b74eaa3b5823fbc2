/** Tasks of the runtime itself, measured while something keeps its event loop busy. */

import { spawn } from "node:child_process";
import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { finish } from "./support.ts";

/** How long each task is repeated, in ms. */
const milliseconds = 1000;

/** Keeps the processor busy. */
export function work(milliseconds: number): void {
  if (milliseconds === 0) return;
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

/** Reports the median time of each task, in ms. */
export async function measureTasks(): Promise<never> {
  const server = createServer((_request, response) => void response.end("x"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address?.port}/`;
  finish({
    fetch: await median(async () => await (await fetch(url)).text()),
    timer: await median(() => new Promise((resolve) => setTimeout(resolve, 1))),
    file: await median(() => readFile(new URL(import.meta.url))),
    child: await median(() => new Promise((resolve) => spawn("true").on("exit", resolve))),
    lookup: await median(() => lookup("localhost")),
  });
}

async function median(task: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const start = performance.now();
    await task();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
