/** `readable` and `writable`. */

import { assertEquals } from "@std/assert";
import { FdStream, SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { Random } from "../support/random.ts";
import { rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream web streams", (it) => {
  it("carry a megabyte through a pipe", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using reader = new FdStream(readFd, { manager });
    const writer = new FdStream(writeFd, { manager });
    const data = new Random(3).bytes(1_000_000);
    const sent = new Blob([data]).stream().pipeTo(writer.writable);
    const received = new Uint8Array(await new Response(reader.readable).arrayBuffer());
    await sent;
    assertEquals(received, data);
    assertEquals(writer.fd, -1, "the end of the pipe closes it");
  });

  it("can be piped through a TextDecoderStream", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using reader = new FdStream(readFd, { manager });
    os.write(writeFd, new TextEncoder().encode("grüße"));
    os.close(writeFd);
    let text = "";
    for await (const part of reader.readable.pipeThrough(new TextDecoderStream())) text += part;
    assertEquals(text, "grüße");
    assertEquals(reader.fd, -1, "the end closes a descriptor opened for reading only");
  });

  it("fill the buffers of BYOB readers", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(readFd, { manager });
    const reader = stream.readable.getReader({ mode: "byob" });
    os.write(writeFd, bytes(1, 2, 3));
    const first = await reader.read(new Uint8Array(new ArrayBuffer(16), 4, 2));
    assertEquals(first.done, false);
    assertEquals(Array.from(first.value!), [1, 2]);
    assertEquals(first.value!.byteOffset, 4);
    const second = await reader.read(new Uint8Array(16));
    assertEquals(Array.from(second.value!), [3]);
    os.close(writeFd);
    const last = await reader.read(new Uint8Array(16));
    assertEquals(last.done, true);
  });

  it("end one direction of a socket and leave the other open", async ({ manager }) => {
    const [a, b] = os.socketpair();
    using near = new FdStream(a, { manager });
    using far = new FdStream(b, { manager });
    const reply = near.readable.getReader();
    const writer = near.writable.getWriter();
    await writer.write(bytes(1));
    await writer.close();
    const buffer = new Uint8Array(8);
    assertEquals(await far.read(buffer), 1);
    assertEquals(await far.read(buffer), null);
    await far.writeAll(bytes(2));
    assertEquals((await reply.read()).value?.[0], 2);
    far.close();
    assertEquals((await reply.read()).done, true);
    assertEquals(near.fd, -1, "both directions have ended");
  });

  it("reject with the error of the descriptor", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(writeFd, { manager });
    os.close(readFd);
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    assertEquals((await rejection(writer.write(bytes(1)), SystemError)).code, "EPIPE");
  });
});
