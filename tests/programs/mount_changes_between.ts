/**
 * Changes the mounts while nothing is armed for it, or while something is being armed. The kernel
 * reports each change to one poll. Needs its own mount namespace.
 */

import process from "node:process";
import type { EpollIOManagerOptions } from "../../mod.ts";
import { O_RDONLY, open } from "../../src/os/mod.ts";
import { longestWait, turn } from "../support/event_loop.ts";
import { openManager } from "../support/managers.ts";
import { changeMounts } from "../support/mounts.ts";
import { asleep } from "../support/waits.ts";

const [driver, folder] = process.argv.slice(2) as [EpollIOManagerOptions["driver"], string];

await using manager = openManager(driver);
const fd = open("/proc/self/mountinfo", O_RDONLY);

/** Waits for a change, for up to `longestWait`. */
function change(ref = true): Promise<string> {
  const signal = AbortSignal.timeout(longestWait);
  return manager.waitPriority(fd, { signal, ref }).then(() => "changed", String);
}

const first = change();
changeMounts(folder);
console.log(await first);

changeMounts(folder);
console.log("between two waits:", await change());

changeMounts(folder);
const ready = await manager.waitReady(fd, { priority: true, timeout: longestWait });
console.log("before waitReady:", ready.priority, ready.error);

// Keeps the process alive.
const timer = setInterval(() => {}, 1000);
for (const ref of [true, true, true, true, false, false, false, false]) {
  const sleeping = change(ref);
  await asleep(manager);
  changeMounts(folder);
  await sleeping;
  const next = change(ref);
  changeMounts(folder);
  console.log("before the driver sleeps again:", await next);
  // By then nothing waits.
  await turn();
  await turn();
  const fromIdle = change(ref);
  changeMounts(folder);
  console.log("before the driver sleeps:", await fromIdle);
}
clearInterval(timer);

for (const meanwhile of [{}, { hangup: true }]) {
  changeMounts(folder);
  const called = Promise.withResolvers<string>();
  const changed = manager.watch(fd, { priority: true }, () => called.resolve("changed"));
  changed.interest(meanwhile);
  changed.interest({ priority: true });
  setTimeout(() => called.resolve("never called"), longestWait).unref();
  console.log("before a watch changes:", await called.promise);
  changed.interest(meanwhile);
  changeMounts(folder);
  const controller = new AbortController();
  const aborted = manager.waitPriority(fd, { signal: controller.signal }).catch(() => {});
  controller.abort();
  const again = change();
  await aborted;
  console.log("beside a watch, before an abort:", await again);
  changed.close();
}

const wait = change();
changeMounts(folder);
await manager.waitReadable(fd); // polls the file when it is armed
console.log("before another wait:", await wait);

let calls = 0;
const called = Promise.withResolvers<void>();
const watch = manager.watch(fd, { priority: true }, () => {
  if (++calls === 1) changeMounts(folder);
  else called.resolve();
});
setTimeout(() => called.resolve(), longestWait).unref();
changeMounts(folder);
await called.promise;
watch.close();
console.log("in a listener:", calls, "calls");
