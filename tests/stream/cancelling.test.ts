/** Canceling and aborting web streams. */

import { assertEquals, assertLessOrEqual, assertStrictEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { countFds } from "../support/fds.ts";
import { assertPending } from "../support/waits.ts";

describeForDrivers("FdStream web streams", (it) => {
  it("readable closes the descriptor when its reader cancels", async ({ manager }) => {
    const before = countFds();
    const [from, to] = os.pipe();
    const stream = new FdStream(from, { manager });
    const reader = stream.readable.getReader();
    const reading = reader.read();
    await assertPending(manager, reading);
    await reader.cancel();
    assertEquals((await reading).done, true);
    assertEquals(stream.fd, -1);
    os.close(to);
    assertEquals(countFds(), before);
  });

  it("writable closes the descriptor when its writer aborts a pending write", async ({ manager }) => {
    const before = countFds();
    const [from, to] = os.pipe();
    const stream = new FdStream(to, { manager });
    const writer = stream.writable.getWriter();
    const reason = new Error("enough");
    const writing = writer.write(new Uint8Array(1_000_000)).catch((error) => error);
    writer.closed.catch(() => {});
    await assertPending(manager, writing);
    await writer.abort(reason);
    assertStrictEquals(await writing, reason);
    assertEquals(stream.fd, -1);
    os.close(from);
    // Descriptors of earlier tests may have been closed as well.
    assertLessOrEqual(countFds(), before);
  });
});
