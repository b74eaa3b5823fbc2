/**
 * The host of the terminal benchmark: `host.mjs KIND MODULE`. It is JavaScript for Node. Prints all figures
 * as JSON.
 */

import process from "node:process";
import { pathToFileURL } from "node:url";

const [kind, module] = process.argv.slice(2);
/** Keys before the measurement, so that the runtimes' compilers have settled. */
const warmUp = 3000;
const keys = 1000;
const quietWarmUp = 300;
const quietKeys = 100;
const quiet = 10;
const spawns = 30;
const idleTerminals = 10;
const idleTime = 3000;

/** A program in a terminal, from each implementation: `{ write, kill, exited }`. */
const starters = {
  async pty() {
    const loaded = await import(pathToFileURL(module).href);
    const spawn = loaded.spawn ?? loaded.default.spawn;
    return (file, args, onData) => {
      const pty = spawn(file, args, { name: "xterm", cols: 80, rows: 24 });
      pty.onData(onData);
      const exited = new Promise((resolve) => pty.onExit(resolve));
      return { write: (data) => pty.write(data), kill: () => pty.kill(), exited };
    };
  },
  bunTerminal() {
    const { Bun } = globalThis;
    return (file, args, onData) => {
      const decoder = new TextDecoder();
      const data = (_terminal, bytes) => onData(decoder.decode(bytes, { stream: true }));
      const child = Bun.spawn([file, ...args], { terminal: { cols: 80, rows: 24, data } });
      const { terminal, exited } = child;
      return { write: (text) => terminal.write(text), kill: () => child.kill(), exited };
    };
  },
};

const start = await starters[kind]();

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function median(times) {
  return times.sort((one, other) => one - other)[times.length >> 1];
}

/**
 * The time until a key comes back, in µs: the median, the 99th percentile, and the CPU time of this
 * process. The terminal's line discipline answers the key.
 */
async function echo(warmUp, count, pause) {
  let answered = () => {};
  const { write, kill, exited } = start("/bin/sleep", ["60"], () => answered());
  await sleep(200);
  const times = [];
  let before;
  for (let round = -warmUp; round < count; round++) {
    if (round === 0) before = process.cpuUsage();
    if (pause > 0) await sleep(pause);
    const answer = new Promise((resolve) => answered = resolve);
    const started = performance.now();
    write("x");
    await answer;
    if (round >= 0) times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  kill();
  await exited;
  const p50 = median(times) * 1000;
  return { p50, p99: times[Math.floor(0.99 * count)] * 1000, cpu: (user + system) / count };
}

/** The time for much output, in ms. */
async function output() {
  let length = 0;
  const started = performance.now();
  const { exited } = start("seq", ["1", "5000000"], (data) => length += data.length);
  await exited;
  const took = performance.now() - started;
  if (length < 43_000_000) throw new Error(`Only ${length} characters came`);
  return took;
}

/** The median time from the start of a short program to its end, in ms. */
async function spawn() {
  const times = [];
  for (let round = 0; round < spawns; round++) {
    const started = performance.now();
    await start("/bin/true", [], () => {}).exited;
    times.push(performance.now() - started);
  }
  return median(times);
}

/** The CPU time of idle terminals, in ms. */
async function idle() {
  const all = Array.from({ length: idleTerminals }, () => start("/bin/sleep", ["60"], () => {}));
  await sleep(500);
  const before = process.cpuUsage();
  await sleep(idleTime);
  const { user, system } = process.cpuUsage(before);
  for (const { kill } of all) kill();
  await Promise.all(all.map(({ exited }) => exited));
  return (user + system) / 1000;
}

const figures = { idle: await idle(), spawn: await spawn() };
const busy = await echo(warmUp, keys, 0);
const idleEcho = await echo(quietWarmUp, quietKeys, quiet);
console.log(JSON.stringify({
  ...figures,
  echo: busy.p50,
  echoP99: busy.p99,
  echoCpu: busy.cpu,
  quiet: idleEcho.p50,
  quietP99: idleEcho.p99,
  quietCpu: idleEcho.cpu,
  output: await output(),
}));
process.exit();
