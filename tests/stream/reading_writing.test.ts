import { assert, assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { Random } from "../support/random.ts";
import { assertPending } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("an FdStream", (it) => {
  it("reads what is there, then what comes, then the end", async ({ manager }) => {
    const [from, to] = os.pipe();
    using reader = new FdStream(from, { manager });
    using writer = new FdStream(to, { manager });
    const buffer = new Uint8Array(8);
    assertEquals(await writer.write(bytes(1, 2, 3)), 3);
    assertEquals(await reader.read(buffer), 3);
    assertEquals(buffer.subarray(0, 3), bytes(1, 2, 3));
    assertEquals(manager.statistics().epollCtlCalls, 1, "so far nobody had to wait");
    const reading = reader.read(buffer);
    await assertPending(manager, reading);
    await writer.writeAll(bytes(4));
    assertEquals(await reading, 1);
    writer.close();
    assertEquals(await reader.read(buffer), null);
    assertEquals(await reader.read(buffer), null);
  });

  it("writes in parts what is more than fits, and all of it when told", async ({ manager }) => {
    const [one, other] = os.socketpair();
    using near = new FdStream(one, { manager });
    using far = new FdStream(other, { manager });
    const data = new Random(7).bytes(1_000_000);
    const first = await near.write(data);
    assert(first > 0 && first < data.length);
    const rest = near.writeAll(data.subarray(first));
    const received = new Uint8Array(data.length);
    for (let at = 0; at < data.length;) at += (await far.read(received.subarray(at))) ?? 0;
    await rest;
    assertEquals(received, data);
  });

  it("reads a regular file, which is always ready", async ({ manager }) => {
    const path = import.meta.url.replace("file://", "");
    using stream = new FdStream(os.open(path, os.O_RDONLY), { manager });
    const buffer = new Uint8Array(7);
    assertEquals(await stream.read(buffer), 7);
    assertEquals(new TextDecoder().decode(buffer), "import ");
  });
});
