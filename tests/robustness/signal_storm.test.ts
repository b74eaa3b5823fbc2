/** A signal every millisecond interrupts every interruptible call sooner or later. */

import { assertEquals } from "@std/assert";
import type { ChildProcess } from "node:child_process";
import process from "node:process";
import { describeForDrivers } from "../support/drivers.ts";
import { outcome, printed, start } from "../support/programs.ts";
import { record } from "../support/record.ts";
import { sleep } from "../support/event_loop.ts";

const count = 1000;

/** Sends a signal every millisecond until `enough` returns true. Returns how many. */
async function bombard(child: ChildProcess, enough: (sent: number) => boolean): Promise<number> {
  let sent = 0;
  for (; !enough(sent); sent++) {
    process.kill(child.pid!, "SIGUSR2");
    await sleep(1);
  }
  return sent;
}

describeForDrivers("waitReadable() in a storm of signals", (it, driver) => {
  it(`loses no round trip during ${count} signals at 1 kHz`, async () => {
    const child = start("signal_storm", { args: [driver] });
    const ended = outcome(child);
    await printed(child, "started");
    // A slow program counts fewer, because the kernel merges signals while one is pending.
    let enough = false;
    const hasEnough = printed(child, "enough").then(() => enough = true);
    const bombarded = bombard(child, (sent) => sent >= count && enough);
    const [, sent] = await Promise.all([hasEnough, bombarded]);
    process.kill(child.pid!, "SIGWINCH");
    const { code, output } = await ended;
    assertEquals(code, 0, output);
    const { total, stuck, leaked } = JSON.parse(output.split("\n")[2]!);
    assertEquals([stuck, leaked], [0, 0], output);
    record("signals", driver, { sent, roundTrips: total, stuck, leaked });
  });
});
