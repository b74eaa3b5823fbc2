/** Busy sockets return to the manager, which lets the event loop run. */

import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { defaultManager } from "@fdready/fdready";
import { osLibc } from "../../../src/ffi/libc.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { fill, receiveAll, withoutLeaks } from "./support/sockets.ts";

/** Blocks the event loop. */
function workFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** How many events the manager has delivered. */
function countEvents(): number {
  return defaultManager().statistics().events;
}

describe("fairness", () => {
  it("UnixDgramSocket emits message for 2 ms per event at most", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const total = Math.min(fill(client), 45);
      let count = 0;
      const before = countEvents();
      server.on("message", () => {
        if (++count > total) return;
        workFor(3);
      });
      await until(() => count >= total, () => new Error(`Received ${count}`));
      const events = countEvents() - before;
      assert(events >= total, `${events} events for ${total} datagrams`);
    }));

  it("UnixDgramSocket.receive() resolves for 2 ms at most before it waits", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const total = Math.min(fill(client), 45);
      const before = countEvents();
      for (let n = 0; n < total; n++) {
        await server.receive();
        workFor(3);
      }
      const events = countEvents() - before;
      assert(events >= total / 2 - 1, `${events} events for ${total} datagrams`);
    }));

  it("UnixDgramSocket sends waiting datagrams for 2 ms per event at most", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const first = fill(client);
      const total = Math.min(first, 45);
      const sent = Array.from({ length: total }, () => client.send("x"));
      const calls: number[] = [];
      using _slow = failingIn(osLibc(), "sendmsg", 0, 0, () => {
        calls.push(countEvents());
        workFor(3);
        return false;
      });
      await receiveAll(server, first);
      await Promise.all(sent);
      const events = new Set(calls).size;
      assert(events >= total / 2, `${events} events for ${calls.length} calls`);
    }));
});
