/**
 * The host of the serial benchmark: `host.mjs KIND MODULE TASK PATH...`. It is JavaScript for Node.
 * Prints the figures of the task as JSON.
 */

import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import process from "node:process";

const [kind, module, task, ...paths] = process.argv.slice(2);
const bytes = 1_000_000;
const line = Buffer.from("x".repeat(49) + "\n");

/** A port with npm's API, from either implementation. */
async function openStream(path) {
  const { SerialPort } = await import(module);
  const port = new SerialPort({ path, baudRate: 115_200 });
  await new Promise((resolve, reject) => port.once("open", resolve).once("error", reject));
  return {
    onData(listener) {
      port.on("readable", () => {
        for (let data; (data = port.read()) !== null;) listener(data);
      });
    },
    write: (data) => port.write(data),
    close: () => new Promise((resolve) => port.close(resolve)),
  };
}

/** The usual workaround without a package: a read every millisecond. */
function openPolled(path) {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(65536);
  let listener = () => {};
  const timer = setInterval(() => {
    try {
      for (let count; (count = readSync(fd, buffer)) > 0;) listener(buffer.subarray(0, count));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }, 1);
  return {
    onData: (what) => listener = what,
    write: (data) => writeSync(fd, data),
    close() {
      clearInterval(timer);
      closeSync(fd);
    },
  };
}

const open = (path) => kind === "poller" ? openPolled(path) : openStream(path);

/** The time for a megabyte, in ms. */
async function stream() {
  const port = await open(paths[0]);
  let received = 0;
  const done = new Promise((resolve) =>
    port.onData((data) => {
      received += data.length;
      if (received === bytes) resolve();
    })
  );
  const started = performance.now();
  port.write(Buffer.from("S"));
  await done;
  const took = performance.now() - started;
  await port.close();
  return { took };
}

/** The round-trip time of a line, in µs: the median, the 99th percentile, and the CPU time. */
async function echo() {
  const port = await open(paths[0]);
  const times = [];
  let received = 0;
  let answered = () => {};
  port.onData((data) => {
    received += data.length;
    if (received === line.length) answered();
  });
  let before;
  const warmUp = 3000; // rounds, so that the runtimes' compilers have settled
  const rounds = 2000;
  for (let round = -warmUp; round < rounds; round++) {
    if (round === 0) before = process.cpuUsage();
    received = 0;
    const answer = new Promise((resolve) => answered = resolve);
    const started = performance.now();
    port.write(line);
    await answer;
    if (round >= 0) times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  await port.close();
  times.sort((one, other) => one - other);
  const [p50, p99] = [0.5, 0.99].map((share) => times[Math.floor(share * rounds)] * 1000);
  return { p50, p99, cpu: (user + system) / rounds };
}

/** The CPU time of open ports in 5 s, in ms. */
async function idle() {
  const ports = await Promise.all(paths.map(open));
  for (const port of ports) port.onData(() => {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const { user, system } = process.cpuUsage(before);
  for (const port of ports) await port.close();
  return { cpu: (user + system) / 1000 };
}

console.log(JSON.stringify(await { stream, echo, idle, none: idle }[task]()));
process.exit();
