/** A signal every millisecond, so that every call that can be interrupted is, sooner or later. */

import { assertEquals, assertGreater } from "@std/assert";
import { it } from "@std/testing/bdd";
import process from "node:process";
import { describeForDrivers } from "../support/drivers.ts";
import { outcome, printed, start } from "../support/programs.ts";

const count = 1000;

describeForDrivers("a storm of signals", (driver) => {
  it(`at 1 kHz, ${count} of them, loses no round trip`, async () => {
    const child = start("signal_storm", { args: [driver] });
    const ended = outcome(child);
    await printed(child, "started");
    await new Promise<void>((resolve) => {
      let sent = 0;
      const timer = setInterval(() => {
        process.kill(child.pid!, sent++ < count ? "SIGUSR2" : "SIGWINCH");
        if (sent <= count) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    const { code, output } = await ended;
    assertEquals(code, 0, output);
    const { total, stuck, signals, leaked } = JSON.parse(output.split("\n")[1]!);
    assertEquals([stuck, leaked], [0, 0], output);
    assertGreater(total, count);
    // Signals that come while one of their kind is pending are one to the kernel.
    assertGreater(signals, count / 10);
  });
});
