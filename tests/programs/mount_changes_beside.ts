/**
 * Changes the mounts beside other events: during a listener that takes long, after a wait that has
 * ended, with more open files than the kernel reports at a time, and in a manual manager. The
 * kernel reports each change to one poll. Needs its own mount namespace.
 */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions, type Interest } from "../../mod.ts";
import { close, O_RDONLY, open, pipe, read, write } from "../../src/os/mod.ts";
import { longestWait } from "../support/event_loop.ts";
import { openManager } from "../support/managers.ts";
import { changeMounts } from "../support/mounts.ts";
import { asleep, processed } from "../support/waits.ts";

const [driver, folder] = process.argv.slice(2) as [EpollIOManagerOptions["driver"], string];

const openMounts = () => open("/proc/self/mountinfo", O_RDONLY);

await using manager = openManager(driver);
const fd = openMounts();

/** Waits for a change of the file `mounts`, for up to `longestWait`. */
function change(ref = true, mounts = fd): Promise<string> {
  const signal = AbortSignal.timeout(longestWait);
  return manager.waitPriority(mounts, { signal, ref }).then(() => "changed", String);
}

// Keeps the process alive.
const timer = setInterval(() => {}, 1000);
const [reader, writer] = pipe();

for (const ref of [true, true, true, false, false, false]) {
  let calls = 0;
  const other = manager.watch(reader, { readable: true }, () => {
    read(reader, new Uint8Array(1));
    if (++calls === 2) changeMounts(folder);
  });
  if (!ref) other.unref();
  const changed = change(ref);
  await asleep(manager);
  write(writer, new Uint8Array(2));
  console.log("in another listener:", await changed);
  other.close();
}

/** Waits for `interest` until the wait is aborted. */
async function abort(interest: Interest): Promise<void> {
  const controller = new AbortController();
  const aborted = manager.waitReady(fd, { ...interest, signal: controller.signal });
  controller.abort();
  await aborted.catch(() => {});
}

/** Waits that have ended when the change comes. */
const ended: Record<string, () => Promise<unknown>> = {
  "an abort": () => abort({ priority: true }),
  "an abort of another direction": () => abort({ hangup: true }),
  "aborts of two directions": () =>
    Promise.all([abort({ hangup: true }), abort({ priority: true })]),
  "a timeout": () => manager.waitReady(fd, { priority: true, timeout: 1 }),
  "a timeout without a direction": () => manager.waitReady(fd, { timeout: 1 }),
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
const watch = manual.watch(fd, { priority: true }, () => calls++);
changeMounts(folder);
const events = manual.getEvents(0);
watch.interest({ priority: true });
manual.processEvents(events);
manual.processEvents(manual.getEvents(0));
console.log("in a received list:", calls);

watch.close();

changeMounts(folder);
const before = await manual.waitReady(fd, { priority: true, timeout: 1 });
console.log("before a timeout:", before.priority);

const wait = manual.waitReady(fd, { priority: true, timeout: 1 });
changeMounts(folder);
const unprocessed = manual.getEvents(0);
console.log("in a list before a timeout:", unprocessed.length, (await wait).priority);
clearInterval(timer);
