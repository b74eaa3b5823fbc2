/** Each descriptor stays with its message, in order, however fast and slow the two sides are. */

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
import { closing, readable, readBoth, type Sockets, withoutLeaks } from "./support/sockets.ts";

const count = 10_000;
const size = 64;

/** Message number `n`. */
function message(n: number): Buffer {
  return Buffer.alloc(size, `${n} `);
}

/** Sends the messages as fast as it goes, each third with one of `fds`, and heeds backpressure. */
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
  for (const fdSize of ["as many as it has", null] as const) {
    it(`come in order to a slow reader who takes ${fdSize ?? "null"}`, () =>
      withoutLeaks(async (sockets) => {
        const [one, other] = sockets.pair({ readableHighWaterMark: 4096 });
        const [fds, files] = manyFiles(sockets);
        const open = countFds();
        const sending = sendAll(one, fds);
        let [unread, untaken] = [0, 0];
        for (let n = 0; n < count; n++) {
          // It lets the other side run ahead.
          if (n % 100 === 0) await new Promise(setImmediate);
          const wanted = fdSize === null ? null : n % 3 === 0 ? 1 : 0;
          const read = await readBoth(other, size, wanted);
          unread = Math.max(unread, other.readableLength);
          untaken = Math.max(untaken, countFdsAt(n) - open);
          assertEquals(read.data, String(message(n)), `message ${n}`);
          assertEquals(closing(read.fds), n % 3 === 0 ? [files[n % fds.length]!] : []);
        }
        assert(await sending > 0, "backpressure");
        // A chunk may come when there is almost as much.
        assert(unread <= 4096 + 65536, `${unread} bytes were waiting`);
        assert(untaken < 200, `${untaken} descriptors were waiting`);
      }));
  }

  it("are sent though the writer heeds no backpressure, and closes the descriptors at once", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const [fds, files] = manyFiles(sockets);
      for (let n = 0; n < 1000; n++) one.write({ data: message(n), fds: [fds[n % fds.length]!] });
      for (const fd of fds) {
        sockets.fds.close(fd);
        // Others have the numbers now.
        sockets.file();
      }
      for (let n = 0; n < 1000; n++) {
        const read = await readBoth(other, size, 1);
        assertEquals(read.data, String(message(n)));
        assertEquals(closing(read.fds), [files[n % fds.length]!]);
      }
    }));
});

/** Looking at each message would take long. */
function countFdsAt(n: number): number {
  return n % 50 === 0 ? countFds() : 0;
}

/** The same whole numbers below what is told in each run. */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
}

describe("a descriptor", () => {
  it("is read with the first byte that it was sent with, whatever came before", () =>
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

  it("isn't read with a message before it, after longer ones were read or asked for in vain", () =>
    withoutLeaks(async (sockets) => {
      for (const inVain of [false, true]) {
        const [socket, peer] = sockets.half();
        const [fd, file] = sockets.file();
        assertEquals(socket.read(100, null), null);
        if (!inVain) {
          sendmsg(peer, { data: Buffer.alloc(100) });
          await readBoth(socket, 100, null);
        }
        sendmsg(peer, { data: Buffer.from("AAAA") });
        sendmsg(peer, { data: Buffer.from("BBBB"), fds: [fd] });
        await readable(socket);
        if (inVain) assertEquals(socket.read(100, null), null);
        assertEquals(await readBoth(socket, 4, null), { data: "AAAA", fds: [] });
        const { data, fds } = await readBoth(socket, 4, null);
        assertEquals([data, ...closing(fds)], ["BBBB", file]);
      }
    }));

  it("is read with its message, of any length, at any time, after asking for any other length", () =>
    withoutLeaks(async (sockets) => {
      const random = randomNumbers(1);
      for (let run = 0; run < 20; run++) {
        const [one, other] = sockets.pair();
        const [all, files] = manyFiles(sockets);
        const messages = Array.from({ length: 40 }, () => ({
          length: 1 + random(random(5) > 0 ? 40 : 20_000),
          fds: random(3) > 0 ? [] : [random(all.length), random(all.length)],
        }));
        const sending = (async () => {
          for (const [index, { length, fds }] of messages.entries()) {
            one.write({ data: Buffer.alloc(length, index), fds: fds.map((n) => all[n]!) });
            if (random(4) === 0) await new Promise(setImmediate);
          }
        })();
        for (const [index, { length, fds }] of messages.entries()) {
          if (random(3) === 0) await new Promise(setImmediate);
          // More than will ever come.
          if (random(3) === 0) assertEquals(other.read(10_000_000, null), null);
          const read = await readBoth(other, length, null);
          assertEquals(read.data, String(Buffer.alloc(length, index)), `${run}: ${index}`);
          assertEquals(closing(read.fds), fds.map((n) => files[n]!), `${run}: ${index}`);
        }
        await sending;
      }
    }));

  it("costs no more memory than what is read, however many bytes come before it", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd] = sockets.file();
      sendmsg(peer, { data: Buffer.alloc(60_000) });
      sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      const kept = new Set<ArrayBufferLike>();
      for (let n = 0; n < 1000; n++) {
        let read;
        while ((read = socket.read(1, null)) === null) await readable(socket);
        kept.add(read.data!.buffer);
      }
      // Small buffers may share memory.
      const size = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
      assert(size <= 100_000, `${size} bytes are kept`);
    }));

  it("comes with the first part of a message that is read in parts", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair({ readableHighWaterMark: 100 });
      const [fd, file] = sockets.file();
      const length = 300_000;
      one.write({ data: Buffer.alloc(length, "x"), fds: [fd] });
      one.write({ data: "next", fds: [fd] });
      const first = await readBoth(other, length, null);
      assertEquals([first.data.length, ...closing(first.fds)], [length, file]);
      const next = await readBoth(other, 4, null);
      assertEquals([next.data, ...closing(next.fds)], ["next", file]);
    }));

  it("that is awaited doesn't come, and neither do more bytes than there is room for", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair({ readableHighWaterMark: 1024 });
      let written = 0;
      while (one.write(Buffer.alloc(65536))) written += 65536;
      assertEquals(other.read(10, 1), null);
      for (let turn = 0; turn < 20; turn++) {
        await Promise.race([readable(other), new Promise(setImmediate)]);
        assertEquals(other.read(10, 1), null);
      }
      assert(other.readableLength <= 2 * 65536, `${other.readableLength} bytes are waiting`);
      assert(written > 0);
    }));
});

describe("a user who has too many descriptors on their way", () => {
  it("sends the rest when some have been received", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const [fd, file] = sockets.file();
      let refusals = 3;
      // Root has no limit.
      using _fault = failingIn(osLibc(), "sendmsg", ETOOMANYREFS, -1, () => refusals-- > 0);
      const sent = Promise.withResolvers<unknown>();
      one.write({ data: "x", fds: [fd], callback: sent.resolve });
      assertEquals(await sent.promise ?? null, null);
      const { data, fds } = await readBoth(other, 1, 1);
      assertEquals([data, closing(fds)], ["x", [file]]);
      assertEquals(refusals < 0, true);
    }));
});
