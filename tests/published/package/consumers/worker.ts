/** Waits by each driver in a Worker of the user's. */

import { EpollIOManager, UnsupportedPlatformError, waitReadable } from "@fdready/fdready";
import { close, timerfd } from "@fdready/fdready/os";

/** As much of a Worker's global object as is used here: not all types that one may have know it. */
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
