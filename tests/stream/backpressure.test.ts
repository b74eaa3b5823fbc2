/** Web streams read and write only on demand. */

import { assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { assertPending } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream backpressure", (it) => {
  it("readable reads nothing before a reader asks", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(readFd, { manager });
    stream.readable;
    os.write(writeFd, bytes(1));
    await assertPending(manager, new Promise(() => {}));
    assertEquals(os.read(readFd, new Uint8Array(1)), 1);
    os.close(writeFd);
  });

  it("writable holds its writer back while the pipe is full", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using _reader = new FdStream(readFd, { manager });
    const stream = new FdStream(writeFd, { manager });
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
