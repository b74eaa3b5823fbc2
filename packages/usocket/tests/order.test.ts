/** Each descriptor stays with its message, in order, at any speed of both sides. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { sendmsg } from "@fdready/fdready/os";
import { osLibc } from "../../../src/ffi/libc.ts";
import { ETOOMANYREFS } from "../../../tests/support/errnos.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { countFds } from "../../../tests/support/fds.ts";
import type { USocket } from "../mod.ts";
import {
  closing,
  readable,
  readBoth,
  readUntilSome,
  type Sockets,
  withoutLeaks,
} from "./support/sockets.ts";

const count = 10_000;
const size = 64;

/** Message number `n`. */
function message(n: number): Buffer {
  return Buffer.alloc(size, `${n} `);
}

/** Sends the messages, every third with one of `fds`, and observes backpressure. */
async function sendAll(socket: USocket, fds: readonly number[]): Promise<number> {
  let drained = 0;
  for (let n = 0; n < count; n++) {
    const chunk = n % 3 === 0
      ? { data: message(n), fds: [fds[n % fds.length]!] }
      : { data: message(n) };
    if (!socket.write(chunk)) {
      drained++;
      await once(socket, "drain");
    }
  }
  socket.end();
  return drained;
}

function manyFiles(sockets: Sockets): [fds: number[], files: string[]] {
  const all = Array.from({ length: 7 }, () => sockets.file());
  return [all.map(([fd]) => fd), all.map(([, file]) => file)];
}

describe(`${count} messages, some with descriptors`, () => {
  for (const fdSize of ["its number of descriptors", null] as const) {
    it(`read() with ${fdSize ?? "null"} returns them in order to a slow reader`, () =>
      withoutLeaks(async (sockets) => {
        const [near, far] = sockets.pair({ readableHighWaterMark: 4096 });
        const [fds, files] = manyFiles(sockets);
        const open = countFds();
        const sending = sendAll(near, fds);
        let [unread, untaken] = [0, 0];
        for (let n = 0; n < count; n++) {
          // Waits until the other side has run ahead.
          if (n % 100 === 0) await new Promise(setImmediate);
          const wanted = fdSize === null ? null : n % 3 === 0 ? 1 : 0;
          const read = await readBoth(far, size, wanted);
          unread = Math.max(unread, far.readableLength);
          untaken = Math.max(untaken, countFdsAt(n) - open);
          assertEquals(read.data, String(message(n)), `message ${n}`);
          assertEquals(closing(read.fds), n % 3 === 0 ? [files[n % fds.length]!] : []);
        }
        assert(await sending > 0, "backpressure");
        // One more chunk may come just below the mark.
        assert(unread <= 4096 + 65536, `${unread} bytes were waiting`);
        assert(untaken < 200, `${untaken} descriptors were waiting`);
      }));
  }

  it("write() sends them without backpressure, and after their descriptors are closed", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [fds, files] = manyFiles(sockets);
      for (let n = 0; n < 1000; n++) near.write({ data: message(n), fds: [fds[n % fds.length]!] });
      for (const fd of fds) {
        sockets.fds.close(fd);
        // Others have the numbers now.
        sockets.file();
      }
      for (let n = 0; n < 1000; n++) {
        const read = await readBoth(far, size, 1);
        assertEquals(read.data, String(message(n)));
        assertEquals(closing(read.fds), [files[n % fds.length]!]);
      }
    }));
});

/** Counting at each message would be slow. */
function countFdsAt(n: number): number {
  return n % 50 === 0 ? countFds() : 0;
}

/** Returns a generator of integers, the same in each run. */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
}

describe("USocket.read()", () => {
  it("read() returns a descriptor with its first byte, after any number of bytes", () =>
    withoutLeaks(async (sockets) => {
      for (const before of [0, 1, 2, 1000, 65535, 65536, 70_000]) {
        const [socket, peer] = sockets.half();
        const [fd, file] = sockets.file();
        for (let sent = 0; sent < before;) {
          sent += sendmsg(peer, { data: Buffer.alloc(before - sent) })!;
        }
        sendmsg(peer, { data: Buffer.from("abc"), fds: [fd] });
        sendmsg(peer, { data: Buffer.from("def") });
        if (before > 0) assertEquals((await readBoth(socket, before, null)).fds, [], `${before}`);
        const read = await readBoth(socket, 1, null);
        assertEquals([read.data, ...closing(read.fds)], ["a", file], `${before}`);
        assertEquals(await readBoth(socket, 5, null), { data: "bcdef", fds: [] });
      }
    }));

  it("read() doesn't return it with an earlier message, after longer reads", () =>
    withoutLeaks(async (sockets) => {
      for (const isTooLong of [false, true]) {
        const [socket, peer] = sockets.half();
        const [fd, file] = sockets.file();
        assertEquals(socket.read(100, null), null);
        if (!isTooLong) {
          sendmsg(peer, { data: Buffer.alloc(100) });
          await readBoth(socket, 100, null);
        }
        sendmsg(peer, { data: Buffer.from("AAAA") });
        sendmsg(peer, { data: Buffer.from("BBBB"), fds: [fd] });
        await readable(socket);
        if (isTooLong) assertEquals(socket.read(100, null), null);
        assertEquals(await readBoth(socket, 4, null), { data: "AAAA", fds: [] });
        const { data, fds } = await readBoth(socket, 4, null);
        assertEquals([data, ...closing(fds)], ["BBBB", file]);
      }
    }));

  it("read() returns it with its message, for any lengths and times", () =>
    withoutLeaks(async (sockets) => {
      const random = randomNumbers(1);
      for (let run = 0; run < 20; run++) {
        const [near, far] = sockets.pair();
        const [all, files] = manyFiles(sockets);
        const messages = Array.from({ length: 40 }, () => ({
          length: 1 + random(random(5) > 0 ? 40 : 20_000),
          fds: random(3) > 0 ? [] : [random(all.length), random(all.length)],
        }));
        const sending = (async () => {
          for (const [index, { length, fds }] of messages.entries()) {
            near.write({ data: Buffer.alloc(length, index), fds: fds.map((n) => all[n]!) });
            if (random(4) === 0) await new Promise(setImmediate);
          }
        })();
        for (const [index, { length, fds }] of messages.entries()) {
          if (random(3) === 0) await new Promise(setImmediate);
          // More than is ever sent.
          if (random(3) === 0) assertEquals(far.read(10_000_000, null), null);
          const read = await readBoth(far, length, null);
          assertEquals(read.data, String(Buffer.alloc(length, index)), `${run}: ${index}`);
          assertEquals(closing(read.fds), fds.map((n) => files[n]!), `${run}: ${index}`);
        }
        await sending;
      }
    }));

  it("read() keeps no more memory than its result", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd] = sockets.file();
      sendmsg(peer, { data: Buffer.alloc(60_000) });
      sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      const kept = new Set<ArrayBufferLike>();
      for (let n = 0; n < 1000; n++) {
        const { data } = await readUntilSome(socket, () => socket.read(1, null));
        kept.add(data!.buffer);
      }
      // Small buffers may share memory.
      const size = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
      assert(size <= 100_000, `${size} bytes are kept`);
    }));

  it("read() returns it with the first part of a long message", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair({ readableHighWaterMark: 100 });
      const [fd, file] = sockets.file();
      const length = 300_000;
      near.write({ data: Buffer.alloc(length, "x"), fds: [fd] });
      near.write({ data: "next", fds: [fd] });
      const first = await readBoth(far, length, null);
      assertEquals([first.data.length, ...closing(first.fds)], [length, file]);
      const next = await readBoth(far, 4, null);
      assertEquals([next.data, ...closing(next.fds)], ["next", file]);
    }));

  it("read() receives at most the high water mark while it waits for descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair({ readableHighWaterMark: 1024 });
      let written = 0;
      while (near.write(Buffer.alloc(65536))) written += 65536;
      assertEquals(far.read(10, 1), null);
      for (let turn = 0; turn < 20; turn++) {
        await Promise.race([readable(far), new Promise(setImmediate)]);
        assertEquals(far.read(10, 1), null);
      }
      assert(far.readableLength <= 2 * 65536, `${far.readableLength} bytes are waiting`);
      assert(written > 0);
    }));
});

describe("a user with too many descriptors in flight", () => {
  it("write() tries again after ETOOMANYREFS", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [fd, file] = sockets.file();
      let refusals = 3;
      // Root has no limit.
      using _fault = failingIn(osLibc(), "sendmsg", ETOOMANYREFS, -1, () => refusals-- > 0);
      const sent = Promise.withResolvers<unknown>();
      near.write({ data: "x", fds: [fd], callback: sent.resolve });
      assertEquals(await sent.promise ?? null, null);
      const { data, fds } = await readBoth(far, 1, 1);
      assertEquals([data, closing(fds)], ["x", [file]]);
      assertEquals(refusals < 0, true);
    }));
});
