/** The other end is closed. */

import { assertEquals } from "@std/assert";
import { FdStream, SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { connectTo, resetOnClose } from "../support/libc.ts";
import { rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream whose peer is gone", (it) => {
  it("write() and writeAll() reject with EPIPE, without SIGPIPE", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(writeFd, { manager });
    const writing = rejection(stream.writeAll(new Uint8Array(1_000_000)), SystemError);
    os.close(readFd);
    assertEquals((await writing).code, "EPIPE");
    assertEquals((await rejection(stream.write(bytes(1)), SystemError)).code, "EPIPE");
  });

  it("read() rejects with ECONNRESET", async ({ manager, fds }) => {
    const listener = fds.own(os.listenTcp("127.0.0.1", 0));
    const client = connectTo(listener);
    await manager.waitReadable(listener);
    using server = new FdStream(os.accept(listener)!, { manager });
    const reading = rejection(server.read(new Uint8Array(1)), SystemError);
    resetOnClose(client);
    os.close(client);
    assertEquals((await reading).code, "ECONNRESET");
  });
});
