/** Only a pending wait keeps the process alive. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { describeForDrivers, selfRunning, workerDrivers } from "../support/drivers.ts";
import { outcome, printed, run, runtime, start } from "../support/programs.ts";

describeForDrivers("EpollIOManager", (it, driver) => {
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
    ["refInQuietTurn", "resolved"],
    ["unrefResolves", "resolved"],
    ["unrefWatch", "called"],
    ["refWatch", "called"],
    ["throwingWatch", "1\nuncaught on purpose\n1"],
    ["lostWatch", "SystemError"],
    ["lostInterest", "SystemError\nEBADF"],
    ["lostInListener", "EBADF\nuncaught EBADF"],
    ["expiredWhileBusy", "true"],
    ["timeoutToSpare", "resolved\nready"],
    ["exitEmitted", "resolved"],
  ];
  for (const [way, prints] of endings) {
    it(`keeps the process alive until the wait ends: ${way}`, async () => {
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
    "unrefReadyWatch",
    "unrefBusy",
    "unrefBusyAfterRef",
    "unrefUrgent",
    "manyManagers",
  ];
  for (const way of [...unref, "pausedWatch"]) {
    it(`doesn't keep the process alive: ${way}`, async () => {
      const result = await run("lifetime", { args: [way, driver] });
      assertEquals(result, { code: 0, signal: null, output: "" });
    });
  }

  for (const way of ["readyAtExit", "waitAtExit", "closeAtExit"]) {
    it(`lets the process end in a listener of "exit": ${way}`, async () => {
      const result = await run("lifetime", { args: [way, driver] });
      assertEquals(result, { code: 0, signal: null, output: "" });
    });
  }

  it("makes the runtime warn of nothing", async () => {
    const env = { NODE_PENDING_DEPRECATION: "1" };
    const result = await run("lifetime", { args: ["alternating", driver], env });
    assertEquals(result, { code: 0, signal: null, output: "alternated\n" });
  });

  if (workerDrivers.includes(driver)) {
    it("doesn't keep a Worker alive with { ref: false }", async () => {
      const result = await run("lifetime_worker", { args: [driver] });
      assertEquals(result, { code: 0, signal: null, output: "waiting\nended\n" });
    });
  }

  for (const way of ["exit", "exitInListener", "exitAfterWait"]) {
    it(`lets process.exit() end the process: ${way}`, async () => {
      const result = await run("lifetime", { args: [way, driver] });
      assertEquals(result, { code: 3, signal: null, output: "" });
    });
  }

  for (const way of ["throws", "exits"]) {
    it(`doesn't delay the end if an earlier listener of "exit" ${way}`, async () => {
      // A thread blocks for 30 s in one call.
      const { signal } = await run("exit_listener", { args: [way, driver], limit: 25_000 });
      assertEquals(signal, null);
    });
  }

  it("doesn't delay the end if a handler of uncaught errors throws", async () => {
    const { signal } = await run("throwing_handler", { args: [driver], limit: 25_000 });
    assertEquals(signal, null);
  });

  // Bun ends even then.
  if (runtime !== "bun") {
    for (const program of ["cancelled_exit", "first_manager_late"]) {
      it(`works after a listener of "exit" has prevented the end: ${program}`, async () => {
        const result = await run(program, { args: [driver] });
        assertEquals(result, { code: 0, signal: null, output: "prevented\nresolved\n" });
      });
    }
  }

  it("lets an uncaught error end the process while a wait is pending", async () => {
    const { code, output } = await run("lifetime", { args: ["uncaught", driver] });
    assertEquals(code, 1);
    assertStringIncludes(output, "uncaught on purpose");
  });

  it("lets SIGTERM end the process while a wait is pending", async () => {
    const child = start("lifetime", { args: ["terminated", driver] });
    const ended = outcome(child);
    await printed(child, "waiting");
    // After child.kill(), Deno reports that signal, whatever ended the child.
    process.kill(child.pid!, "SIGTERM");
    assertEquals((await ended).signal, "SIGTERM");
  });
}, selfRunning);
