/** Closing a stream in use. */

import { assertEquals } from "@std/assert";
import { ClosedResourceError, FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { isOpen } from "../support/libc.ts";
import { rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream", (it) => {
  it("close() rejects pending and later operations with ClosedResourceError", async ({ manager }) => {
    const [a, b] = os.socketpair();
    const stream = new FdStream(a, { manager });
    const reading = rejection(stream.read(new Uint8Array(1)), ClosedResourceError);
    const writing = rejection(stream.writeAll(new Uint8Array(1_000_000)), ClosedResourceError);
    stream.close();
    stream.close();
    stream[Symbol.dispose]();
    await Promise.all([reading, writing]);
    assertEquals(stream.fd, -1);
    await rejection(stream.read(new Uint8Array(1)), ClosedResourceError);
    await rejection(stream.write(bytes(1)), ClosedResourceError);
    await rejection(stream.writeAll(bytes(1)), ClosedResourceError);
    assertEquals(isOpen(a), false);
    os.close(b);
  });
});
