/** Busy sockets return to the manager, which lets the event loop run. */

import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { defaultManager } from "@fdready/fdready";
import { recvmsg } from "@fdready/fdready/os";
import { osLibc } from "../../../src/ffi/libc.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { UServer, USocket } from "../mod.ts";
import { withoutLeaks } from "./support/sockets.ts";

/** Blocks the event loop. */
function workFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** The number of steps in each test. A step takes longer than a socket may work. */
const steps = 45;

/** How many events the manager has delivered. */
function countEvents(): number {
  return defaultManager().statistics().events;
}

describe("fairness", () => {
  it("USocket emits data for 2 ms per event at most", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      let received = 0;
      const before = countEvents();
      far.on("data", ({ length }) => {
        received += length;
        workFor(3);
      });
      // A look ahead of 64 KiB makes one chunk.
      for (let n = 0; n < steps; n++) near.write(Buffer.alloc(65536));
      await until(() => received === steps * 65536, () => new Error(`Received ${received}`));
      const events = countEvents() - before;
      assert(events >= steps, `${events} events`);
    }));

  it("USocket sends for 2 ms per event at most", () =>
    withoutLeaks(async (sockets) => {
      const [near, peer] = sockets.half({ writableHighWaterMark: 1000 });
      await once(near, "connected");
      near.write(Buffer.alloc(1 << 20));
      let sent = 0;
      for (let n = 0; n < steps; n++) near.write("x", () => sent++);
      const calls: number[] = [];
      using _slow = failingIn(osLibc(), "sendmsg", 0, 0, () => {
        calls.push(countEvents());
        workFor(3);
        return false;
      });
      const buffer = new Uint8Array(1 << 20);
      await until(() => {
        recvmsg(peer, buffer);
        return sent === steps;
      }, () => new Error(`Sent ${sent}`));
      const events = new Set(calls.slice(-steps)).size;
      assert(events >= steps / 2, `${events} events`);
    }));

  it("UServer accepts for 2 ms per event at most", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      server.pause();
      await once(server.listen(path), "listening");
      const clients = Array.from({ length: steps }, () => sockets.own(new USocket(path)));
      let accepted = 0;
      const before = countEvents();
      server.on("connection", (connection) => {
        sockets.own(connection);
        accepted++;
        workFor(3);
      });
      server.resume();
      await until(() => accepted === steps, () => new Error(`Accepted ${accepted}`));
      const events = countEvents() - before;
      assert(events >= steps, `${events} events for ${clients.length} clients`);
    }));
});
