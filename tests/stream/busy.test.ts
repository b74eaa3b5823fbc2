/** A second read or write while one is pending. */

import { assertEquals } from "@std/assert";
import { BusyResourceError, FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { assertPending, rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("an FdStream", (it) => {
  it("lets one read and one write be pending, and no second of either", async ({ manager }) => {
    const [one, other] = os.socketpair();
    using near = new FdStream(one, { manager });
    using far = new FdStream(other, { manager });
    const reading = near.read(new Uint8Array(1));
    const writing = near.writeAll(new Uint8Array(1_000_000));
    await assertPending(manager, reading, writing);
    await rejection(near.read(new Uint8Array(1)), BusyResourceError);
    await rejection(near.write(bytes(1)), BusyResourceError);
    await rejection(near.writeAll(bytes(1)), BusyResourceError);
    await far.writeAll(bytes(9));
    assertEquals(await reading, 1);
    const buffer = new Uint8Array(65536);
    for (let total = 0; total < 1_000_000;) total += (await far.read(buffer)) ?? 0;
    await writing;
  });
});
