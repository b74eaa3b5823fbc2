/** A pending wait keeps the process alive, and nothing else does. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { outcome, printed, run, start } from "../support/programs.ts";

describeForDrivers("a process", (it, driver) => {
  const endings: [way: string, prints: string][] = [
    ["resolved", "resolved"],
    ["rejected", "ClosedResourceError"],
    ["aborted", "stopped"],
    ["pending", "resolved"],
    ["wakeup", "woken"],
    ["alternating", "alternated"],
    ["closed", "ClosedResourceError"],
    ["unrefBesideRef", "resolved"],
    ["refAfterUnref", "resolved"],
    ["unrefResolves", "resolved"],
    ["unrefWatch", "called"],
    ["refWatch", "called"],
    ["throwingWatch", "1\nuncaught on purpose\n1"],
    ["lostWatch", "SystemError"],
    ["lostInterest", "SystemError\nEBADF"],
    ["lostInListener", "EBADF\nuncaught EBADF"],
    ["expiredWhileBusy", "true"],
    ["timeoutToSpare", "resolved\nready"],
  ];
  for (const [way, prints] of endings) {
    it(`stays for a wait and exits by itself: ${way}`, async () => {
      const result = await run("lifetime", { args: [way, driver] });
      assertEquals(result, { code: 0, signal: null, output: `${prints}\n` });
    });
  }

  const unref = [
    "unref",
    "unrefWhileSleeping",
    "unrefAfterRef",
    "unrefReady",
    "unrefWakeup",
  ];
  for (const way of [...unref, "pausedWatch"]) {
    it(`exits though something is waited for: ${way}`, async () => {
      const result = await run("lifetime", { args: [way, driver] });
      assertEquals(result, { code: 0, signal: null, output: "" });
    });
  }

  it("is not kept by a Worker that only waits without being kept alive", async () => {
    const result = await run("lifetime_worker", { args: [driver] });
    assertEquals(result, { code: 0, signal: null, output: "waiting\nended\n" });
  });

  it("exits at process.exit while a wait is pending", async () => {
    assertEquals((await run("lifetime", { args: ["exit", driver] })).code, 3);
  });

  it("exits on an uncaught error while a wait is pending", async () => {
    const { code, output } = await run("lifetime", { args: ["uncaught", driver] });
    assertEquals(code, 1);
    assertStringIncludes(output, "uncaught on purpose");
  });

  it("exits on SIGTERM while a wait is pending", async () => {
    const child = start("lifetime", { args: ["terminated", driver] });
    const ended = outcome(child);
    await printed(child, "waiting");
    // Not by child.kill(), after which Deno reports that signal whatever the child came to.
    process.kill(child.pid!, "SIGTERM");
    assertEquals((await ended).signal, "SIGTERM");
  });
}, selfRunning);
