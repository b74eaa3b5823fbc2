/**
 * The pipes workload with fdready, with a task for each pipe. The arguments are the driver, and the
 * numbers of pipes, active ones, writes and runs.
 */

import { EpollIOManager } from "@fdready/fdready";
import { pipe, read, write } from "@fdready/fdready/os";
import { driverArgument, finish, numberArgument } from "./support.ts";

const manager = new EpollIOManager({ driver: driverArgument() });
const pipeCount = numberArgument(2);
const activeCount = numberArgument(3);
const writeCount = numberArgument(4);
const runCount = numberArgument(5);
const pipes = Array.from({ length: pipeCount }, () => pipe());
const byte = new Uint8Array(1);
let writesLeft = 0;
let written = 0;
let seen = 0;
let finished: () => void;

function writeTo(index: number): void {
  write(pipes[index % pipeCount]![1], byte);
  written++;
}

async function readFrom(index: number): Promise<never> {
  const fd = pipes[index]![0];
  for (;;) {
    await manager.waitReadable(fd);
    if (read(fd, byte) === undefined) continue;
    seen++;
    if (writesLeft > 0) {
      writesLeft--;
      writeTo(index + 1);
    } else if (seen === written) {
      finished();
    }
  }
}

/** The time of an event, in µs. */
async function run(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  finished = resolve;
  written = seen = 0;
  writesLeft = writeCount;
  const space = Math.floor(pipeCount / activeCount);
  for (let i = 0; i < activeCount; i++) writeTo(i * space);
  const start = performance.now();
  await promise;
  return (performance.now() - start) * 1000 / seen;
}

for (let index = 0; index < pipeCount; index++) readFrom(index);
const runs: number[] = [];
for (let i = 0; i < runCount; i++) runs.push(await run());
finish({ runs });
