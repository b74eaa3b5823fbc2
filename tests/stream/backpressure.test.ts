/** Web streams read and write only on demand. */

import { assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { assertPending } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream backpressure", (it) => {
  it("readable reads nothing before a reader asks", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(from, { manager });
    stream.readable;
    os.write(to, bytes(1));
    await assertPending(manager, new Promise(() => {}));
    assertEquals(os.read(from, new Uint8Array(1)), 1);
    os.close(to);
  });

  it("writable holds its writer back while the pipe is full", async ({ manager }) => {
    const [from, to] = os.pipe();
    using _reader = new FdStream(from, { manager });
    const stream = new FdStream(to, { manager });
    const writer = stream.writable.getWriter();
    let written = 0;
    const chunk = new Uint8Array(65536);
    const writing = (async () => {
      for (;;) {
        await writer.ready;
        await writer.write(chunk);
        written++;
      }
    })().catch(() => {});
    await assertPending(manager, writing);
    assertEquals(written, 1, "one chunk fills the pipe");
    stream.close();
    await writing;
  });
});
