/** What can't be sent or received ends a socket with an error, and leaves nothing open. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { close, recvmsg, sendmsg, socket as newSocket } from "@fdready/fdready/os";
import { AF_UNIX, pipe, SOCK_DGRAM } from "@fdready/fdready/os";
import { countFdsOf } from "../../../tests/support/fds.ts";
import { type DBusAddress, dbusStream, type UChunk, UServer, USocket } from "../mod.ts";
import {
  closing,
  ended,
  failure,
  fileOf,
  readable,
  readBoth,
  withoutLeaks,
} from "./support/sockets.ts";

/** A value that the types forbid. */
function wrong<T>(value: unknown): T {
  return value as T;
}

describe("writing", () => {
  const [closed, other] = pipe();
  for (const fd of [closed, other]) close(fd);
  const cases: Record<string, [chunk: unknown, words: string]> = {
    "more descriptors than a message can have": [
      { data: "x", fds: Array(254).fill(0) },
      "at most 253",
    ],
    "more descriptors alone than a message can have": [Array(254).fill(0), "at most 253"],
    "a closed descriptor": [{ data: "x", fds: [1_000_000] }, "EBADF"],
    "what is no descriptor": [{ data: "x", fds: [NaN] }, "NaN"],
    "descriptors that are no array": [{ data: "x", fds: 0 }, "array"],
    "neither data nor descriptors": [{}, "Neither data nor descriptors"],
    "a number": [7, "view of memory, got 7"],
    "data that is none": [{ data: 7 }, "view of memory, got 7"],
    "a callback that is none": [{ data: "x", callback: 7 }, "function, got 7"],
  };
  for (const [name, [chunk, words]] of Object.entries(cases)) {
    it(`fails for ${name}`, () =>
      withoutLeaks(async (sockets) => {
        const [one, peer] = sockets.half();
        const failed = failure(one);
        const told = new Promise<unknown>((resolve) => one.write(wrong<UChunk>(chunk), resolve));
        const error = await failed;
        assertStringIncludes(String(error), words);
        assertEquals(await told, error);
        assertEquals(recvmsg(peer, new Uint8Array(8))?.length, 0);
      }));
  }

  it("tells each writer whose message will never be sent, once", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      await once(one, "connected");
      const told: unknown[] = [];
      const [fd] = sockets.file();
      one.on("error", () => {});
      let calls = 0;
      const callback = (error?: Error) => {
        calls++;
        told.push(error?.message);
      };
      for (let n = 0; n < 20; n++) one.write({ data: Buffer.alloc(65536), fds: [fd], callback });
      one.write({ fds: [fd], callback });
      other.destroy();
      one.destroy();
      await Promise.all([ended(one), ended(other)]);
      while (calls < 21) await new Promise(setImmediate);
      assertEquals(calls, 21);
      // There is room for a few in the socket.
      const unsent = told.filter((message) => typeof message === "string").length;
      assert(unsent > 10 && unsent < 21, JSON.stringify(told));
      assertEquals(countFdsOf(fd), 1);
    }));

  it("tells the writer in any case, though the socket is destroyed at once", () =>
    withoutLeaks(async (sockets) => {
      const [fd] = sockets.file();
      for (const fds of [[], [fd]]) {
        for (const data of ["", "x", Buffer.alloc(1 << 20)]) {
          const [one] = sockets.half();
          one.on("error", () => {});
          const told: string[] = [];
          const callback = () => told.push("the message's");
          one.write({ data, fds, callback }, () => told.push("the write's"));
          one.destroy();
          await ended(one);
          for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
          assertEquals(
            told,
            ["the message's", "the write's"],
            `${data.length} bytes, ${fds.length}`,
          );
        }
      }
    }));

  it("fails once the peer is gone, and without a connection", () =>
    withoutLeaks(async (sockets) => {
      const [one, peer] = sockets.half();
      sockets.fds.close(peer);
      const failed = failure(one);
      one.write("x");
      assertEquals((await failed).code, "EPIPE");

      const unconnected = sockets.own(new USocket());
      const failedToo = failure(unconnected);
      unconnected.write("x");
      assertStringIncludes((await failedToo).message, "not connected");
    }));

  it("fails for descriptors that no bytes come after", () =>
    withoutLeaks(async (sockets) => {
      const [one] = sockets.half();
      const [fd] = sockets.file();
      const failed = failure(one);
      one.end([fd]);
      assertStringIncludes((await failed).message, "without bytes");
      assertEquals(countFdsOf(fd), 1);
    }));

  it("goes on if the peer takes the bytes and not the descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [one, peer] = sockets.half();
      const [fd] = sockets.file();
      for (const data of ["one", "two"]) {
        const sent = new Promise((resolve) => one.write({ data, fds: [fd], callback: resolve }));
        await sent;
        assertEquals(recvmsg(peer, new Uint8Array(8))?.fds, []);
      }
      assertEquals(countFdsOf(fd), 1);
    }));
});

describe("receiving", () => {
  it("closes what nobody has taken: at a peer's end amid a message", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half({ allowHalfOpen: false });
      const [fd] = sockets.file();
      sendmsg(peer, { data: Buffer.from("half a mess"), fds: [fd, fd] });
      sockets.fds.close(peer);
      while (socket.readableLength === 0) {
        assertEquals(socket.read(16, 3), null);
        await readable(socket);
      }
      assertEquals(countFdsOf(fd), 3);
      socket.resume();
      socket.end();
      await ended(socket);
      assertEquals(countFdsOf(fd), 1);
    }));

  it("closes what nobody has taken: when it is destroyed, read or not", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd, file] = sockets.file();
      for (let n = 0; n < 4; n++) sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      const { fds } = await readBoth(socket, 1, 1);
      await readBoth(socket, 1, 0);
      socket.destroy();
      await ended(socket);
      assertEquals(socket.read(0, null), null);
      assertEquals(countFdsOf(fd), 2);
      assertEquals(closing(fds), [file]);
      assertEquals(socket.takeFds(), []);
    }));

  it("closes what is put back too late", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd] = sockets.file();
      sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      const { fds } = await readBoth(socket, 1, 1);
      socket.destroy();
      socket.unshift(null, fds);
      await ended(socket);
      assertEquals(countFdsOf(fd), 1);
    }));

  it("cuts off a peer whose descriptors nobody takes", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half({ maxFds: 10 });
      const [fd] = sockets.file();
      socket.resume();
      const failed = failure(socket);
      for (let n = 0; n < 11; n++) sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      assertEquals((await failed).code, "ENOBUFS");
      assertEquals(countFdsOf(fd), 1);
    }));

  it("reads no further ahead than some descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      const [fd, file] = sockets.file();
      const total = 150;
      for (let n = 0; n < total; n++) sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      await readable(socket);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      assert(countFdsOf(fd) <= 1 + 64 + 16, `${countFdsOf(fd)}`);
      for (let n = 0; n < total; n++) {
        assertEquals(closing((await readBoth(socket, 1, 1)).fds), [file]);
      }
    }));

  it("fails if the peer has gone and left unread what it was sent", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      await once(socket, "connected");
      socket.write("x");
      const failed = failure(socket);
      sockets.fds.close(peer);
      socket.resume();
      assertEquals((await failed).code, "ECONNRESET");
    }));

  it("refuses numbers of descriptors that are none", () =>
    withoutLeaks((sockets) => {
      const [one] = sockets.pair();
      for (const count of [0.5, NaN, -Infinity, wrong<number>("1"), wrong<number>({})]) {
        assertThrows(() => one.takeFds(count), TypeError, "must be an integer");
        assertThrows(() => one.read(1, count), TypeError, "must be an integer");
      }
      assertEquals(one.takeFds(-1), []);
      return Promise.resolve();
    }));

  it("may destroy the socket in any listener", () =>
    withoutLeaks(async (sockets) => {
      for (const event of ["fds", "data", "readable", "end"]) {
        const [socket, peer] = sockets.half();
        const [fd] = sockets.file();
        socket.on(event, () => socket.destroy());
        if (event !== "readable") socket.resume();
        sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
        sendmsg(peer, { data: Buffer.from("y"), fds: [fd] });
        if (event === "end") sockets.fds.close(peer);
        await ended(socket);
        assertEquals(countFdsOf(fd), 1);
      }
    }));
});

describe("connecting", () => {
  it("throws for what can't be connected or taken over, which stays yours", () =>
    withoutLeaks(async (sockets) => {
      const [from] = sockets.fds.pipe();
      const datagrams = sockets.fds.own(newSocket(AF_UNIX, SOCK_DGRAM));
      assertThrows(() => new USocket({ fd: from }), Error, "ENOTSOCK");
      assertThrows(() => new USocket({ fd: datagrams }), TypeError, "stream socket");
      assertThrows(() => new USocket({ fd: 1_000_000 }), Error, "EBADF");
      assertThrows(() => new USocket({ fd: NaN }), TypeError, "NaN");
      assertThrows(() => new USocket({ path: wrong<string>(7) }), TypeError, "7");
      assertThrows(() => new USocket({ path: "/x", maxFds: -1 }), TypeError, "maxFds");
      assertEquals([from, datagrams].map((fd) => fileOf(fd).length > 0), [true, true]);
      const [socket] = sockets.pair();
      assertThrows(() => socket.connect("/x"), Error, "connected before");
      await Promise.resolve();
    }));

  it("finds the path in a bus's address, whatever is in it", async () => {
    for (const path of ["/nonexistent/a=b", "/nonexistent/a:b", "/nonexistent/a%3bb"]) {
      const [error] = await once(dbusStream(`tcp:host=x;unix:guid=7,path=${path}`), "error");
      assertEquals([error.code, error.address], ["ENOENT", decodeURIComponent(path)]);
    }
  });

  it("throws for a bus without an address", () => {
    for (const bus of [undefined, null, 7]) {
      assertThrows(
        () => dbusStream(wrong<DBusAddress>(bus)),
        TypeError,
        `address, a path or an fd, got`,
      );
    }
  });

  it("fails where nobody listens, and for a path that is too long or none", () =>
    withoutLeaks(async () => {
      const errors: Record<string, string> = {
        "/nonexistent/socket": "ENOENT",
        "\0nobody": "ECONNREFUSED",
        [`/${"x".repeat(108)}`]: "at most 107 bytes",
        "/a\0b": "NUL",
      };
      for (const [path, words] of Object.entries(errors)) {
        const socket = new USocket({ path });
        const [error] = await once(socket, "error");
        assertStringIncludes(String(error), words);
        await ended(socket);
      }
    }));

  it("ends when it is destroyed before it is connected", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      server.pause();
      server.listen({ path, backlog: 1 });
      const clients = Array.from({ length: 4 }, () => sockets.own(new USocket({ path })));
      for (const client of clients) {
        client.on("error", () => {});
        client.destroy();
        await ended(client);
      }
    }));
});
