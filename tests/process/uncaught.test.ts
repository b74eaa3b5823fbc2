/** Uncaught errors in a program whose descriptors keep the event loop busy. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { run, runtime } from "../support/programs.ts";

/** The errors that the runtime has reported. */
function reported(output: string): string[] {
  return Array.from(
    output.matchAll(/^(?:error|Error|Uncaught).*(uncaught error \d+)/gm),
    ([, name]) => name!,
  );
}

describeForDrivers("an uncaught error beside a descriptor that is always ready", (it, driver) => {
  for (const way of ["listener", "timer", "rejection", "waits"]) {
    it(`ends a program that doesn't handle it: ${way}`, async () => {
      const { code, output } = await run("uncaught", { args: [way, driver] });
      assertEquals(code, 1, output.slice(0, 2000));
      assertEquals(reported(output), ["uncaught error 1"]);
    });
  }

  it("reaches the program's handler, and the watch continues", async () => {
    const { code, output } = await run("uncaught", { args: ["listener", driver, "handled"] });
    const [first, second, third] = output.split("\n");
    assertEquals([first, second, third], [
      "handled uncaught error 1",
      "handled uncaught error 2",
      "handled uncaught error 3",
    ]);
    assertEquals(code, 3);
  });
}, selfRunning);

describeForDrivers("an error in a callback of process.nextTick after a wait", (it, driver) => {
  it("ends a program that doesn't handle it, before the next callback", async () => {
    const { code, output } = await run("throwing_tick", { args: [driver] });
    assertEquals(code, 1, output.slice(0, 2000));
    assertEquals(reported(output), ["uncaught error 1"]);
    // Bun itself makes the next callback before it ends.
    assertEquals(output.includes("next callback"), runtime === "bun");
  });

  it("ends a program whose handler throws, before the next callback", async () => {
    const { code, signal, output } = await run("throwing_tick", { args: [driver, "badly"] });
    assertEquals(signal, null, output.slice(0, 2000));
    assertNotEquals(code, 0, output.slice(0, 2000));
    assertEquals(output.includes("next callback"), false);
  });

  it("reaches the program's handler before the next callback, and the event loop continues", async () => {
    const { code, output } = await run("throwing_tick", { args: [driver, "handled"] });
    assertEquals(output, "handled uncaught error 1\nnext callback\nreceived\n");
    assertEquals(code, 0);
  });
}, selfRunning);
