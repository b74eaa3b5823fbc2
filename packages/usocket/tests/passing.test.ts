/** What npm's USocket does: bytes and descriptors are written and read, together or not. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import process from "node:process";
import { dup, sendmsg } from "@fdready/fdready/os";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { UServer, USocket } from "../mod.ts";
import { closing, ended, readable, readBoth, withoutLeaks } from "./support/sockets.ts";

describe("a USocket", () => {
  it("passes descriptors together with bytes, and tells when they have been sent", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const [fd, file] = sockets.file();
      const told = Promise.withResolvers<unknown[]>();
      const written = Promise.withResolvers<unknown>();
      const announced = once(other, "fds");
      const message = {
        data: Buffer.from("message"),
        fds: [fd],
        callback: (...args: unknown[]) => told.resolve(args),
      };
      one.write(message, written.resolve);
      assertEquals((await told.promise).filter(Boolean), []);
      assert(!(await written.promise));
      const { data, fds } = await readBoth(other, 7, 1);
      assertEquals(data, "message");
      assertEquals(await announced, [fds]);
      assertEquals(closing(fds), [file]);
    }));

  it("passes as many descriptors as the kernel does, and both ways", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const files = Array.from({ length: 253 }, () => sockets.file());
      for (const [from, to] of [[one, other], [other, one]] as const) {
        from.write({ data: "all", fds: files.map(([fd]) => fd) });
        const { fds } = await readBoth(to, 3, 253);
        assertEquals(closing(fds), files.map(([, file]) => file));
      }
    }));

  it("sends descriptors alone with the first of the bytes to come", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const [[first, firstFile], [second, secondFile]] = [sockets.file(), sockets.file()];
      const order: string[] = [];
      one.write([first], () => order.push("first"));
      one.write({ data: "x", fds: [second], callback: () => order.push("second") });
      const { fds } = await readBoth(other, 1, 2);
      assertEquals(closing(fds), [firstFile, secondFile]);
      while (order.length < 2) await new Promise(process.nextTick);
      assertEquals(order, ["first", "second"]);
    }));

  it("writes whatever a stream does: text of any encoding, and all views of memory", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      one.write("é");
      one.write("ff00", "hex");
      one.write(Buffer.from("b"));
      one.write(new Uint8Array([1, 2, 3]).subarray(1));
      one.write(new DataView(new Uint8Array([4, 5]).buffer, 1));
      one.write({ data: "m" });
      one.write("");
      one.end("Zw==", "base64");
      const chunks: Buffer[] = [];
      for await (const chunk of other) chunks.push(chunk);
      assertEquals(Buffer.concat(chunks).toString("hex"), "c3a9ff0062020305" + "6d67");
    }));

  it("reads as every stream does, and leaves the descriptors there", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const [fd, file] = sockets.file();
      one.write({ data: "abcdef", fds: [fd] });
      await readable(other);
      assertEquals(String(other.read(2)), "ab");
      assertStrictEquals(other.read(5), null);
      assertStrictEquals(other.read(2, 2), null);
      assertEquals(other.read(2, 0)?.fds, []);
      assertEquals(String(other.read()), "ef");
      assertEquals(closing(other.read(0, 1)?.fds ?? []), [file]);
      assertStrictEquals(other.read(0, null), null);
    }));

  it("sends the descriptors that it was given, though the program uses their array again", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      // Too much to be sent at once.
      one.write(Buffer.alloc(1 << 20, "x"));
      const sent: Promise<void>[] = [];
      const fds: number[] = [];
      const files: string[] = [];
      for (let n = 0; n < 3; n++) {
        const [fd, file] = sockets.file();
        fds[0] = fd;
        files.push(file);
        sent.push(
          new Promise((callback) => one.write({ data: "y", fds, callback: () => callback() })),
        );
      }
      await readBoth(other, 1 << 20, 0);
      for (const file of files) {
        assertEquals(closing((await readBoth(other, 1, 1)).fds), [file]);
      }
      await Promise.all(sent);
    }));

  it("reads nothing, if that is what was asked for", () =>
    withoutLeaks((sockets) => {
      const [one] = sockets.pair();
      assertEquals(one.read(0, 0), { data: null, fds: [] });
      for (const size of [0, null, 1]) assertStrictEquals(one.read(size, null), null);
      assertStrictEquals(one.read(0, 1), null);
      return Promise.resolve();
    }));

  it("reads all there is for null", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const files = [sockets.file(), sockets.file()];
      for (const [fd] of files) one.write({ data: "abc", fds: [fd] });
      while (other.readableLength < 6) await readable(other);
      const { data, fds } = other.read(null, null)!;
      assertEquals(String(data), "abcabc");
      assertEquals(closing(fds), files.map(([, file]) => file));
      assertStrictEquals(other.read(null, null), null);
    }));

  it("takes back bytes and descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const files = [sockets.file(), sockets.file()];
      one.write({ data: "abc", fds: files.map(([fd]) => fd) });
      const { data, fds } = await readBoth(other, 3, 2);
      other.unshift(Buffer.from(data), fds);
      const again = await readBoth(other, 1, null);
      assertEquals(again.data, "a");
      assertEquals(closing(again.fds), files.map(([, file]) => file));
      other.unshift(null, [dup(files[0]![0])]);
      assertEquals(closing(other.takeFds()), [files[0]![1]]);
      assertEquals(String(other.read()), "bc");
    }));

  it("flows, and hands out descriptors by takeFds", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const [fd, file] = sockets.file();
      one.end({ data: "abc", fds: [fd] });
      const taken: string[] = [];
      for await (const chunk of other) {
        assertEquals(String(chunk), "abc");
        taken.push(...closing(other.takeFds(1)), ...closing(other.takeFds(1)));
      }
      assertEquals(taken, [file]);
    }));

  it("is half open until it ends itself, unless told otherwise", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const end = once(other, "end");
      one.end("question");
      assertEquals((await readBoth(other, 8, 0)).data, "question");
      other.read(0);
      await end;
      assert(other.writable);
      other.end("answer");
      assertEquals((await readBoth(one, 6, 0)).data, "answer");
      one.resume();
      await Promise.all([ended(one), ended(other)]);

      const [closing, closed] = sockets.pair({ allowHalfOpen: false });
      closed.resume();
      closing.resume();
      closing.end();
      await Promise.all([ended(closing), ended(closed)]);
    }));

  it("sends everything before its end, though the peer is slow", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const block = Buffer.alloc(1 << 20, "x");
      const [fd, file] = sockets.file();
      one.write({ data: block, fds: [fd] });
      one.end(block);
      let length = 0;
      const files: string[] = [];
      for await (const chunk of other) {
        length += chunk.length;
        files.push(...closing(other.takeFds()));
      }
      assertEquals([length, files], [2 << 20, [file]]);
    }));

  it("says who its peer is", () =>
    withoutLeaks(async (sockets) => {
      const [one] = sockets.pair();
      const { pid, uid, gid } = one.peerCredentials!;
      assertEquals([pid, uid, gid], [process.pid, process.getuid?.(), process.getgid?.()]);
      one.destroy();
      await ended(one);
      assertStrictEquals(one.peerCredentials, undefined);
      assertStrictEquals(one.fd, undefined);
    }));

  it("connects when told to, and sends then what was written before", () =>
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

  it("waits until a server that is busy has room", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      server.pause();
      server.listen({ path, backlog: 1 });
      const clients = Array.from({ length: 5 }, () => sockets.own(new USocket({ path })));
      for (const [index, client] of clients.entries()) client.end(String(index));
      assert(clients.some(({ connecting }) => connecting));
      const heard: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      server.on("connection", async (connection) => {
        sockets.own(connection);
        connection.end();
        for await (const data of connection) heard.push(String(data));
        if (heard.length === clients.length) resolve();
      });
      server.resume();
      await promise;
      assertEquals(heard.sort(), ["0", "1", "2", "3", "4"]);
    }));

  it("receives what others send by sendmsg", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd, file] = sockets.file();
      sendmsg(peer, { data: Buffer.from("bare"), fds: [fd] });
      const { data, fds } = await readBoth(socket, 4, 1);
      assertEquals([data, ...closing(fds)], ["bare", file]);
    }));
});
