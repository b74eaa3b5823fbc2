/** Canceling and aborting web streams. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { countFdsOf } from "../support/fds.ts";
import { assertPending } from "../support/waits.ts";

describeForDrivers("FdStream web streams", (it) => {
  it("readable closes the descriptor when its reader cancels", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const stream = new FdStream(readFd, { manager });
    const reader = stream.readable.getReader();
    const reading = reader.read();
    await assertPending(manager, reading);
    await reader.cancel();
    assertEquals((await reading).done, true);
    assertEquals(stream.fd, -1);
    assertEquals(countFdsOf(writeFd), 1, "only the writer is left");
    os.close(writeFd);
  });

  it("writable closes the descriptor when its writer aborts a pending write", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const stream = new FdStream(writeFd, { manager });
    const writer = stream.writable.getWriter();
    const reason = new Error("enough");
    const writing = writer.write(new Uint8Array(1_000_000)).catch((error) => error);
    writer.closed.catch(() => {});
    await assertPending(manager, writing);
    await writer.abort(reason);
    assertStrictEquals(await writing, reason);
    assertEquals(stream.fd, -1);
    assertEquals(countFdsOf(readFd), 1, "only the reader is left");
    os.close(readFd);
  });
});
