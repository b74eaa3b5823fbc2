/**
 * Changes the mounts beside other events: during a listener that takes long, after a wait that has
 * ended, and with more open files than the kernel reports at a time. The kernel reports each change
 * to one poll. Needs its own mount namespace.
 */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { close, O_RDONLY, open, pipe, read, write } from "../../src/os/mod.ts";
import { openManager } from "../support/managers.ts";
import { changeMounts } from "../support/mounts.ts";
import { asleep, processed } from "../support/waits.ts";

const [driver, folder] = process.argv.slice(2) as [EpollIOManagerOptions["driver"], string];

const openMounts = () => open("/proc/self/mountinfo", O_RDONLY);

await using manager = openManager(driver);
const fd = openMounts();

/** Waits for a change of the file `mounts`, for some seconds. */
function change(ref = true, mounts = fd): Promise<string> {
  const signal = AbortSignal.timeout(20_000);
  return manager.waitPriority(mounts, { signal, ref }).then(() => "changed", String);
}

// Keeps the process alive.
const timer = setInterval(() => {}, 1000);
const [reader, writer] = pipe();

for (const ref of [true, true, true, false, false, false]) {
  let calls = 0;
  const watch = manager.watch(reader, { readable: true }, () => {
    read(reader, new Uint8Array(1));
    if (++calls === 2) changeMounts(folder);
  });
  if (!ref) watch.unref();
  const changed = change(ref);
  await asleep(manager);
  write(writer, new Uint8Array(2));
  console.log("in another listener:", await changed);
  watch.close();
}

/** Waits that have ended when the change comes. */
const ended: Record<string, () => Promise<unknown>> = {
  "an abort": () => {
    const controller = new AbortController();
    const aborted = manager.waitPriority(fd, { signal: controller.signal }).catch(() => {});
    controller.abort();
    return aborted;
  },
  "a timeout": () => manager.waitReady(fd, { priority: true, timeout: 1 }),
  "an earlier change": () => {
    changeMounts(folder);
    return manager.waitPriority(fd);
  },
};

for (const [what, end] of Object.entries(ended)) {
  await end();
  await asleep(manager);
  changeMounts(folder);
  // An event of another descriptor makes the manager poll.
  await processed(manager);
  console.log(`after ${what}:`, await change());
}

const files = Array.from({ length: 600 }, openMounts);
for (const ref of [true, false]) {
  const changes = files.map((file) => change(ref, file));
  await asleep(manager);
  changeMounts(folder);
  const outcomes = await Promise.all(changes);
  console.log("of many:", outcomes.filter((outcome) => outcome === "changed").length);
}
files.forEach(close);

await using manual = new EpollIOManager({ driver: "manual" });
let calls = 0;
using received = manual.watch(fd, { priority: true }, () => calls++);
changeMounts(folder);
const events = manual.getEvents(0);
received.interest({ priority: true });
manual.processEvents(events);
manual.processEvents(manual.getEvents(0));
console.log("in a received list:", calls);
clearInterval(timer);
