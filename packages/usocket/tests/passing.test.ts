/** Writes and reads bytes and descriptors, together or separately, like npm's USocket. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { dup, read, sendmsg, shutdown, socketpair } from "@fdready/fdready/os";
import { countFdsOf } from "../../../tests/support/fds.ts";
import { turn } from "../../../tests/support/event_loop.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { DBusStream, UServer, USocket, type USocketOptions, X11Stream } from "../mod.ts";
import {
  closing,
  ended,
  readable,
  readBoth,
  readUntilSome,
  withoutLeaks,
} from "./support/sockets.ts";

describe("USocket", () => {
  it("write() sends descriptors together with bytes, and calls back", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [fd, file] = sockets.file();
      const sent = Promise.withResolvers<unknown[]>();
      const written = Promise.withResolvers<unknown>();
      const announced = once(far, "fds");
      const message = {
        data: Buffer.from("message"),
        fds: [fd],
        callback: (...args: unknown[]) => sent.resolve(args),
      };
      near.write(message, written.resolve);
      assertEquals((await sent.promise).filter(Boolean), []);
      assert(!(await written.promise));
      const { data, fds } = await readBoth(far, 7, 1);
      assertEquals(data, "message");
      assertEquals(await announced, [fds]);
      assertEquals(closing(fds), [file]);
    }));

  it("write() sends 253 descriptors at once, in both directions", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const files = Array.from({ length: 253 }, () => sockets.file());
      for (const [from, to] of [[near, far], [far, near]] as const) {
        from.write({ data: "all", fds: files.map(([fd]) => fd) });
        const { fds } = await readBoth(to, 3, 253);
        assertEquals(closing(fds), files.map(([, file]) => file));
      }
    }));

  it("write() sends descriptors without bytes with the next byte", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [[first, firstFile], [second, secondFile]] = [sockets.file(), sockets.file()];
      const order: string[] = [];
      near.write([first], () => order.push("first"));
      near.write({ data: "x", fds: [second], callback: () => order.push("second") });
      const { fds } = await readBoth(far, 1, 2);
      assertEquals(closing(fds), [firstFile, secondFile]);
      while (order.length < 2) await turn();
      assertEquals(order, ["first", "second"]);
    }));

  it("write() accepts strings in any encoding, and any ArrayBufferView", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      near.write("é");
      near.write("ff00", "hex");
      near.write(Buffer.from("b"));
      near.write(new Uint8Array([1, 2, 3]).subarray(1));
      near.write(new DataView(new Uint8Array([4, 5]).buffer, 1));
      near.write({ data: "m" });
      near.write("");
      near.end("Zw==", "base64");
      const chunks: Buffer[] = [];
      for await (const chunk of far) chunks.push(chunk);
      assertEquals(Buffer.concat(chunks).toString("hex"), "c3a9ff0062020305" + "6d67");
    }));

  it("read() with a size leaves the descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [fd, file] = sockets.file();
      near.write({ data: "abcdef", fds: [fd] });
      await readable(far);
      assertEquals(String(far.read(2)), "ab");
      assertStrictEquals(far.read(5), null);
      assertStrictEquals(far.read(2, 2), null);
      assertEquals(far.read(2, 0)?.fds, []);
      assertEquals(String(far.read()), "ef");
      assertEquals(closing(far.read(0, 1)?.fds ?? []), [file]);
      assertStrictEquals(far.read(0, null), null);
    }));

  it("write() copies the array of descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      // More than fits into the socket.
      near.write(Buffer.alloc(1 << 20, "x"));
      const sent: Promise<void>[] = [];
      const fds: number[] = [];
      const files: string[] = [];
      for (let n = 0; n < 3; n++) {
        const [fd, file] = sockets.file();
        fds[0] = fd;
        files.push(file);
        sent.push(
          new Promise((callback) => near.write({ data: "y", fds, callback: () => callback() })),
        );
      }
      await readBoth(far, 1 << 20, 0);
      for (const file of files) {
        assertEquals(closing((await readBoth(far, 1, 1)).fds), [file]);
      }
      await Promise.all(sent);
    }));

  it("read() returns an empty result for 0 bytes and 0 descriptors", () =>
    withoutLeaks((sockets) => {
      const [near] = sockets.pair();
      assertEquals(near.read(0, 0), { data: null, fds: [] });
      for (const size of [0, null, 1]) assertStrictEquals(near.read(size, null), null);
      assertStrictEquals(near.read(0, 1), null);
      return Promise.resolve();
    }));

  it("read() returns everything for null", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const files = [sockets.file(), sockets.file()];
      for (const [fd] of files) near.write({ data: "abc", fds: [fd] });
      await readUntilSome(far, () => far.readableLength < 6 ? null : far.readableLength);
      const { data, fds } = far.read(null, null)!;
      assertEquals(String(data), "abcabc");
      assertEquals(closing(fds), files.map(([, file]) => file));
      assertStrictEquals(far.read(null, null), null);
    }));

  it("unshift() puts back bytes and descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const files = [sockets.file(), sockets.file()];
      near.write({ data: "abc", fds: files.map(([fd]) => fd) });
      const { data, fds } = await readBoth(far, 3, 2);
      far.unshift(Buffer.from(data), fds);
      const again = await readBoth(far, 1, null);
      assertEquals(again.data, "a");
      assertEquals(closing(again.fds), files.map(([, file]) => file));
      far.unshift(null, [dup(files[0]![0])]);
      assertEquals(closing(far.takeFds()), [files[0]![1]]);
      assertEquals(String(far.read()), "bc");
    }));

  it("takeFds() returns descriptors in flowing mode", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [fd, file] = sockets.file();
      near.end({ data: "abc", fds: [fd] });
      const taken: string[] = [];
      for await (const chunk of far) {
        assertEquals(String(chunk), "abc");
        taken.push(...closing(far.takeFds(1)), ...closing(far.takeFds(1)));
      }
      assertEquals(taken, [file]);
    }));

  it("allowHalfOpen keeps the socket open after its peer's end, by default", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const end = once(far, "end");
      near.end("question");
      assertEquals((await readBoth(far, 8, 0)).data, "question");
      far.read(0);
      await end;
      assert(far.writable);
      far.end("answer");
      assertEquals((await readBoth(near, 6, 0)).data, "answer");
      near.resume();
      await Promise.all([ended(near), ended(far)]);

      const [closing, closed] = sockets.pair({ allowHalfOpen: false });
      closed.resume();
      closing.resume();
      closing.end();
      await Promise.all([ended(closing), ended(closed)]);
    }));

  for (const Stream of [DBusStream, X11Stream]) {
    it(`${Stream.name} closes when its peer does, unless allowHalfOpen is true`, () =>
      withoutLeaks(async (sockets) => {
        const create = (options: USocketOptions): [USocket, number] => {
          const [fd, peer] = socketpair();
          return [sockets.own(new Stream({ ...options, fd })), sockets.fds.own(peer)];
        };
        const [socket, peer] = create({});
        const end = once(socket.resume(), "end");
        shutdown(peer, "write");
        await end;
        await ended(socket);

        const [halfOpen, otherPeer] = create({ allowHalfOpen: true });
        const otherEnd = once(halfOpen.resume(), "end");
        shutdown(otherPeer, "write");
        await otherEnd;
        await new Promise<void>((resolve) => halfOpen.write("answer", () => resolve()));
        assertEquals(read(otherPeer, new Uint8Array(16)), 6);
      }));
  }

  it("DBusStream.closeFds() closes descriptors that dbus-native didn't use", () =>
    withoutLeaks(async (sockets) => {
      const [fd, peer] = socketpair();
      sockets.fds.own(peer);
      const stream = sockets.own(new DBusStream({ fd }));
      const received = once(stream.resume(), "fds");
      const [sent] = sockets.file();
      sendmsg(peer, { data: Buffer.from("x"), fds: [sent, sent] });
      // "fds" has another listener, which then has to close them.
      const [fds] = await received;
      stream.closeFds(fds);
      assertEquals(countFdsOf(sent), 1);
    }));

  it("end() sends all data first, to a slow peer", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const block = Buffer.alloc(1 << 20, "x");
      const [fd, file] = sockets.file();
      near.write({ data: block, fds: [fd] });
      near.end(block);
      let length = 0;
      const files: string[] = [];
      for await (const chunk of far) {
        length += chunk.length;
        files.push(...closing(far.takeFds()));
      }
      assertEquals([length, files], [2 << 20, [file]]);
    }));

  it("peerCredentials returns the peer's process", () =>
    withoutLeaks(async (sockets) => {
      const [near] = sockets.pair();
      const { pid, uid, gid } = near.peerCredentials!;
      assertEquals([pid, uid, gid], [process.pid, process.getuid?.(), process.getgid?.()]);
      near.destroy();
      await ended(near);
      assertStrictEquals(near.peerCredentials, undefined);
      assertStrictEquals(near.fd, undefined);
    }));

  it("connect() sends data written before the connection", () =>
    withoutLeaks(async (sockets) => {
      using folder = new TemporaryFolder();
      const path = `${folder.path}/socket`;
      const server = sockets.own(new UServer());
      const connected = new Promise<void>((resolve) => {
        server.listen(path, 1, () => {
          const client = sockets.own(new USocket());
          assertStrictEquals(client.connect(path, resolve), client);
          assert(client.fd !== undefined);
          client.write("hello");
        });
      });
      const [connection] = await once(server, "connection");
      sockets.own(connection);
      await connected;
      assertEquals((await readBoth(connection, 5, 0)).data, "hello");
    }));

  it("connect() waits for room in the server's queue", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      server.pause();
      server.listen({ path, backlog: 1 });
      const clients = Array.from({ length: 5 }, () => sockets.own(new USocket({ path })));
      for (const [index, client] of clients.entries()) client.end(String(index));
      assert(clients.some(({ connecting }) => connecting));
      const received: Promise<string>[] = [];
      const { promise: connected, resolve } = Promise.withResolvers<void>();
      server.on("connection", (connection) => {
        received.push(text(sockets.own(connection).end()));
        if (received.length === clients.length) resolve();
      });
      server.resume();
      await connected;
      assertEquals((await Promise.all(received)).sort(), ["0", "1", "2", "3", "4"]);
    }));

  it("read() returns data from sendmsg(2)", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd, file] = sockets.file();
      sendmsg(peer, { data: Buffer.from("bare"), fds: [fd] });
      const { data, fds } = await readBoth(socket, 4, 1);
      assertEquals([data, ...closing(fds)], ["bare", file]);
    }));
});
