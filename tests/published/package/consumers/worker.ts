/** Waits with each driver in a user's Worker. */

import { EpollIOManager, UnsupportedPlatformError, waitReadable } from "@fdready/fdready";
import { close, timerfd } from "@fdready/fdready/os";

/**
 * The part of a Worker's global object that is used here. A project may have types that lack it.
 */
declare const self: { postMessage(message: string): void };

for (const driver of ["auto", "uring", "thread"] as const) {
  try {
    await using manager = new EpollIOManager({ driver });
    const timer = timerfd({ initial: 20 });
    await manager.waitReadable(timer);
    manager.notifyClosing(timer);
    close(timer);
    self.postMessage(`${driver}: ok`);
  } catch (error) {
    if (driver !== "uring" || !(error instanceof UnsupportedPlatformError)) throw error;
    self.postMessage(`${driver}: refused: ${error.message}`);
  }
}

await waitReadable(timerfd({ initial: 1 }));
self.postMessage("default manager: ok");
self.postMessage("done");
