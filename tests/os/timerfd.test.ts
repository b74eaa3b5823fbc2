import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";

describe("timerfd", () => {
  it("expires once, at once, or again and again", async () => {
    using fds = new Fds();
    const buffer = new Uint8Array(8);
    for (const initial of [0, 0.5, 3]) {
      const once = fds.own(os.timerfd({ initial }));
      await waitReadable(once);
      assertEquals(os.read(once, buffer), 8);
      assertEquals(buffer[0], 1);
      assertEquals(os.read(once, buffer), undefined);
    }
    const ticking = fds.own(os.timerfd({ initial: 1, interval: 1 }));
    for (let total = 0; total < 5;) {
      await waitReadable(ticking);
      os.read(ticking, buffer);
      total += Number(new DataView(buffer.buffer).getBigUint64(0, true));
    }
  });

  it("goes on expiring if the interval is shorter than the kernel counts", () => {
    using fds = new Fds();
    for (const interval of [Number.MIN_VALUE, 1e-7]) {
      const fd = fds.own(os.timerfd({ initial: 1e6, interval }));
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
      assert(info.includes("it_interval: (0, 1)"), info);
    }
  });

  it("waits for as long as the kernel can, not for no time, if that is not long enough", () => {
    using fds = new Fds();
    for (const initial of [1e16, 1e22, 1e40, Number.MAX_VALUE]) {
      const fd = fds.own(os.timerfd({ initial, interval: initial }));
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
      for (const [, seconds] of info.matchAll(/it_(?:value|interval): \((\d+),/g)) {
        assert(Number(seconds) > 9e9, info);
      }
    }
  });

  it("refuses times that are none", () => {
    for (const initial of [-1, NaN, Infinity]) {
      assertThrows(() => os.timerfd({ initial }), RangeError, "initial");
      assertThrows(() => os.timerfd({ initial: 1, interval: initial }), RangeError, "interval");
    }
  });
});
