/** The chunks of `readable`: how much memory they keep, and which buffers they use. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill } from "../support/fds.ts";
import { assertPending } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>;
  releaseLock(): void;
}

function openReader({ readable }: FdStream, byob: boolean): Reader {
  if (!byob) return readable.getReader();
  const reader = readable.getReader({ mode: "byob" });
  return {
    read: () => reader.read(new Uint8Array(8)),
    releaseLock: () => reader.releaseLock(),
  };
}

describeForDrivers("FdStream.readable", (it) => {
  it("returns small chunks that keep little memory", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(readFd, { manager });
    const reader = stream.readable.getReader();
    const kept: Uint8Array[] = [];
    for (let count = 0; count < 100; count++) {
      // Every other chunk needs a wait.
      const reading = count % 2 === 0 ? reader.read() : undefined;
      os.write(writeFd, new Uint8Array(24).fill(count));
      kept.push((await (reading ?? reader.read())).value!);
    }
    kept.forEach((chunk, index) => {
      assertEquals(chunk, new Uint8Array(24).fill(index), "its memory isn't reused");
      assert(chunk.buffer.byteLength <= 48);
    });
    fill(writeFd);
    assertEquals((await reader.read()).value?.length, 65536);
    os.close(writeFd);
  });

  it("gives a chunk to the current reader, not to a released one", async ({ manager }) => {
    const modes = ["default", "byob"];
    for (const [first, second] of modes.flatMap((one) => modes.map((other) => [one, other]))) {
      const [readFd, writeFd] = os.pipe();
      using stream = new FdStream(readFd, { manager });
      const abandoned = openReader(stream, first === "byob");
      const reading = abandoned.read().catch((error) => error.name);
      await assertPending(manager, reading);
      abandoned.releaseLock();
      assertEquals(await reading, "TypeError");
      const reader = openReader(stream, second === "byob");
      const chunk = reader.read();
      os.write(writeFd, bytes(1, 2, 3));
      assertEquals((await chunk).value, bytes(1, 2, 3));
      const end = reader.read();
      os.close(writeFd);
      assertEquals((await end).done, true);
    }
  });

  it("fills whole elements, and at least `min` of them", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(readFd, { manager });
    const reader = stream.readable.getReader({ mode: "byob" });
    const halves = reader.read(new Uint16Array(4));
    os.write(writeFd, bytes(1));
    await assertPending(manager, halves);
    os.write(writeFd, bytes(0, 2, 0));
    assertEquals((await halves).value, Uint16Array.of(1, 2));
    const words = reader.read(new Uint32Array(2));
    os.write(writeFd, bytes(3, 0, 0, 0, 4));
    assertEquals((await words).value, Uint32Array.of(3));
    const options: object = { min: 4 };
    const minimum = reader.read(new Uint8Array(8), options);
    await assertPending(manager, minimum);
    os.write(writeFd, bytes(0, 0));
    await assertPending(manager, minimum);
    os.write(writeFd, bytes(5));
    assertEquals((await minimum).value, bytes(4, 0, 0, 5));
    os.close(writeFd);
  });

  it("fills the buffer of a BYOB reader, also one of the default chunk size", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(readFd, { manager });
    const reader = stream.readable.getReader({ mode: "byob" });
    os.write(writeFd, bytes(1, 2, 3));
    const { value } = await reader.read(new Uint16Array(32768));
    assertEquals([value!.byteLength, value!.buffer.byteLength], [2, 65536]);
    os.write(writeFd, bytes(4));
    assertEquals((await reader.read(new Uint16Array(32768))).value, Uint16Array.of(3 | 4 << 8));
    os.close(writeFd);
  });

  it("fails and closes the descriptor if half an element is left at the end", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const stream = new FdStream(readFd, { manager });
    const reader = stream.readable.getReader({ mode: "byob" });
    reader.closed.catch(() => {});
    os.write(writeFd, bytes(1, 0, 2));
    os.close(writeFd);
    assertEquals((await reader.read(new Uint16Array(1))).value, Uint16Array.of(1));
    assertEquals(await reader.read(new Uint16Array(1)).catch((error) => error.name), "TypeError");
    assertEquals(stream.fd, -1);
  });

  it("gives both branches of tee() all chunks", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using stream = new FdStream(readFd, { manager });
    const both = stream.readable.tee().map((branch) => new Response(branch).text());
    os.write(writeFd, new TextEncoder().encode("hello"));
    os.close(writeFd);
    assertEquals(await Promise.all(both), ["hello", "hello"]);
    assertStrictEquals(stream.readable.locked, true);
  });
});
