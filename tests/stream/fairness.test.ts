/** A descriptor that is always ready must not keep the event loop to itself. */

import { assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";

describeForDrivers("an FdStream", (it) => {
  it("lets the event loop run while its descriptor is always ready", async ({ manager }) => {
    using stream = new FdStream(os.open("/dev/zero", os.O_RDONLY), { manager });
    let turns = 0;
    setTimeout(function again() {
      if (++turns < 3) setTimeout(again, 0);
    }, 0);
    const buffer = new Uint8Array(16);
    let reads = 0;
    while (turns < 3 && reads < 1_000_000) reads += (await stream.read(buffer))! > 0 ? 1 : 0;
    assertEquals(turns, 3);
  });
});
