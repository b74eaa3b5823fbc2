/** The events of a port that ends during a write. */

import { until } from "../../../../tests/support/event_loop.ts";
import type { SerialPort } from "../../mod.ts";

/**
 * The order of the events with the native binding, under Node. The first "close" is the stream's,
 * which the error destroys, and the second one the port's.
 */
export const nativeEvents = ["callback", "error", "close", "close"];

/** Ends `port` with `end` while a write is pending. Resolves to the events in their order. */
export async function endDuringWrite(port: SerialPort, end: () => void): Promise<string[]> {
  const events: string[] = [];
  port.on("error", () => events.push("error"));
  port.on("close", () => {
    events.push("close");
    // Programs do that, and an "error" would then end them.
    port.removeAllListeners("error");
  });
  // More than fits into the line without a reader.
  port.write(Buffer.alloc(1_000_000), () => events.push("callback"));
  await new Promise(setImmediate);
  end();
  await until(() => events.length === 4, () => new Error(`Events: ${events}`));
  return events;
}
