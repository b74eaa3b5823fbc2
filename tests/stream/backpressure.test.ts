/** Web streams take no more than somebody asks for. */

import { assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { assertPending } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("web streams of an FdStream", (it) => {
  it("read nothing before they are asked", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(from, { manager });
    stream.readable;
    os.write(to, bytes(1));
    await assertPending(manager, new Promise(() => {}));
    assertEquals(os.read(from, new Uint8Array(1)), 1);
    os.close(to);
  });

  it("hold a writer back while nobody reads", async ({ manager }) => {
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
    assertEquals(written, 1, "what the pipe holds, and no more is taken");
    stream.close();
    await writing;
  });
});
