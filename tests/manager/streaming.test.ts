import { assert, assertEquals } from "@std/assert";
import type { EpollIOManager } from "../../mod.ts";
import { read, shutdown, write } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { shrinkSendBuffer } from "../support/libc.ts";
import { Random } from "../support/random.ts";
import { scaled } from "../support/scale.ts";

const total = scaled(1_000_000);
const maxChunk = 65_536;

interface Sent {
  bytes: number;
  checksum: number;
  partial: number;
}

function checksum(sum: number, bytes: Uint8Array): number {
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

async function send(manager: EpollIOManager, fd: number, seed: number): Promise<Sent> {
  const random = new Random(seed);
  const sent = { bytes: 0, checksum: 0, partial: 0 };
  while (sent.bytes < total) {
    let chunk = random.bytes(1 + random.below(maxChunk));
    while (chunk.length > 0) {
      await manager.waitWritable(fd);
      const count = write(fd, chunk) ?? 0;
      if (count < chunk.length) sent.partial++;
      sent.bytes += count;
      sent.checksum = checksum(sent.checksum, chunk.subarray(0, count));
      chunk = chunk.subarray(count);
    }
  }
  shutdown(fd, "write");
  return sent;
}

async function receive(
  manager: EpollIOManager,
  fd: number,
): Promise<{ bytes: number; checksum: number }> {
  const received = { bytes: 0, checksum: 0 };
  const buffer = new Uint8Array(maxChunk);
  for (;;) {
    await manager.waitReadable(fd);
    const count = read(fd, buffer);
    if (count === undefined) continue;
    if (count === 0) return received;
    received.bytes += count;
    received.checksum = checksum(received.checksum, buffer.subarray(0, count));
  }
}

describeForDrivers("waitReadable() and waitWritable()", (it) => {
  it(`move ${total} bytes in both directions at once, in random chunks`, async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    shrinkSendBuffer(one);
    shrinkSendBuffer(other);
    const [sentByOne, sentByOther, receivedByOne, receivedByOther] = await Promise.all([
      send(manager, one, 1),
      send(manager, other, 2),
      receive(manager, one),
      receive(manager, other),
    ]);
    assert(sentByOne.partial > 0 && sentByOther.partial > 0, "no write was ever partial");
    assertEquals(receivedByOther.bytes, sentByOne.bytes);
    assertEquals(receivedByOther.checksum, sentByOne.checksum);
    assertEquals(receivedByOne.bytes, sentByOther.bytes);
    assertEquals(receivedByOne.checksum, sentByOther.checksum);
  });
});
