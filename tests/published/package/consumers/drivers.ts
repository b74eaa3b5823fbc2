/** Waits with each driver and with the default manager. Prints a line for each. */

import { EpollIOManager, UnsupportedPlatformError, waitReadable, Wakeup } from "@fdready/fdready";
import { close, timerfd } from "@fdready/fdready/os";

for (const driver of ["auto", "uring", "thread", "manual"] as const) {
  try {
    console.log(`${driver}: ${await tryOut(driver)}`);
  } catch (error) {
    // Kernels and containers may forbid this driver.
    if (driver !== "uring" || !(error instanceof UnsupportedPlatformError)) throw error;
    console.log(`${driver}: refused: ${error.message}`);
  }
}

const timer = timerfd({ initial: 1 });
await waitReadable(timer);
console.log("default manager: ok");

async function tryOut(driver: "auto" | "uring" | "thread" | "manual"): Promise<string> {
  await using manager = new EpollIOManager({ driver });
  // Long enough for the driver to go to sleep in between.
  for (let round = 0; round < 3; round++) {
    const timer = timerfd({ initial: 20 });
    const ready = manager.waitReadable(timer);
    if (driver === "manual") manager.processEvents(manager.getEvents(Infinity));
    await ready;
    manager.notifyClosing(timer);
    close(timer);
  }
  using wakeup = new Wakeup();
  // In Node, neither a timeout signal nor a manual manager keeps the process alive, so this does.
  using end = new Wakeup();
  const pending = waitReadable(end);
  const aborted = await manager.waitReadable(wakeup, { signal: AbortSignal.timeout(5) })
    .catch((error: unknown) => error instanceof Error ? error.name : String(error));
  end.wake();
  await pending;
  return driver === "manual" ? `ok, ${aborted}` : `ok, ${aborted}, ${manager.statistics().driver}`;
}
