// The pipes workload with the npm package epoll on Node, which can't create pipes: pipes_launcher.c
// does. The arguments are the numbers of pipes, active ones, writes and runs.

import { readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";

const { Epoll } = createRequire(import.meta.url)("epoll");
const [pipeCount, activeCount, writeCount, runCount] = process.argv.slice(2).map(Number);
const firstFd = 100;
const byte = new Uint8Array(1);
let writesLeft = 0;
let written = 0;
let seen = 0;
let finished;

function writeTo(index) {
  writeSync(firstFd + 2 * (index % pipeCount) + 1, byte);
  written++;
}

const epoll = new Epoll((error, fd) => {
  if (error) throw error;
  readSync(fd, byte);
  seen++;
  if (writesLeft > 0) {
    writesLeft--;
    writeTo((fd - firstFd) / 2 + 1);
  } else if (seen === written) {
    finished();
  }
});

// The time of an event, in µs.
async function run() {
  const { promise, resolve } = withResolvers();
  finished = resolve;
  written = seen = 0;
  writesLeft = writeCount;
  const space = Math.floor(pipeCount / activeCount);
  for (let i = 0; i < activeCount; i++) writeTo(i * space);
  const start = performance.now();
  await promise;
  return (performance.now() - start) * 1000 / seen;
}

// Some supported versions of Node lack Promise.withResolvers().
function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => resolve = settle);
  return { promise, resolve };
}

for (let index = 0; index < pipeCount; index++) epoll.add(firstFd + 2 * index, Epoll.EPOLLIN);
const runs = [];
for (let i = 0; i < runCount; i++) runs.push(await run());
console.log(JSON.stringify({ runs }));
process.exit(0);
