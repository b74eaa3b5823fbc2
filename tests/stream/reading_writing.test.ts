import { assert, assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { Random } from "../support/random.ts";
import { assertPending } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream", (it) => {
  it("read() resolves to available bytes, then to later ones, then to null", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using reader = new FdStream(readFd, { manager });
    using writer = new FdStream(writeFd, { manager });
    const buffer = new Uint8Array(8);
    assertEquals(await writer.write(bytes(1, 2, 3)), 3);
    assertEquals(await reader.read(buffer), 3);
    assertEquals(buffer.subarray(0, 3), bytes(1, 2, 3));
    assertEquals(manager.statistics().epollCtlCalls, 1, "no operation has waited yet");
    const reading = reader.read(buffer);
    await assertPending(manager, reading);
    await writer.writeAll(bytes(4));
    assertEquals(await reading, 1);
    writer.close();
    assertEquals(await reader.read(buffer), null);
    assertEquals(await reader.read(buffer), null);
  });

  it("write() writes a part, and writeAll() all bytes", async ({ manager }) => {
    const [a, b] = os.socketpair();
    using near = new FdStream(a, { manager });
    using far = new FdStream(b, { manager });
    const data = new Random(7).bytes(1_000_000);
    const first = await near.write(data);
    assert(first > 0 && first < data.length);
    const rest = near.writeAll(data.subarray(first));
    const received = new Uint8Array(data.length);
    for (let at = 0; at < data.length;) at += (await far.read(received.subarray(at))) ?? 0;
    await rest;
    assertEquals(received, data);
  });

  it("read() reads a regular file", async ({ manager }) => {
    const path = import.meta.url.replace("file://", "");
    using stream = new FdStream(os.open(path, os.O_RDONLY), { manager });
    const buffer = new Uint8Array(7);
    assertEquals(await stream.read(buffer), 7);
    assertEquals(new TextDecoder().decode(buffer), "import ");
  });

  it("read() and readable keep whole packets of a pipe in packet mode", async ({ manager }) => {
    const [reader, writer] = os.pipe(os.O_DIRECT);
    using stream = new FdStream(reader, { manager });
    for (let count = 0; count < 2; count++) os.write(writer, new Uint8Array(4096));
    assertEquals(await stream.read(new Uint8Array(4096)), 4096);
    assertEquals((await stream.readable.getReader().read()).value?.length, 4096);
    os.close(writer);
  });
});
