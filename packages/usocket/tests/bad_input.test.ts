/** Bad arguments and failing peers end a socket with an error, and leave nothing open. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { close, recvmsg, sendmsg, socket as newSocket } from "@fdready/fdready/os";
import { AF_UNIX, pipe, SOCK_DGRAM } from "@fdready/fdready/os";
import { closeFd } from "@fdready/fdready";
import { libc } from "../../../src/ffi/libc.ts";
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

describe("USocket.write()", () => {
  const [closed, far] = pipe();
  for (const fd of [closed, far]) close(fd);
  const cases: Record<string, [chunk: unknown, words: string]> = {
    "more descriptors than a message can have": [
      { data: "x", fds: Array(254).fill(0) },
      "at most 253",
    ],
    "more descriptors alone than a message can have": [Array(254).fill(0), "at most 253"],
    "a closed descriptor": [{ data: "x", fds: [1_000_000] }, "EBADF"],
    "NaN as a descriptor": [{ data: "x", fds: [NaN] }, "NaN"],
    "descriptors that aren't an array": [{ data: "x", fds: 0 }, "array"],
    "neither data nor descriptors": [{}, "must have data or fds, got {}"],
    "a number": [7, "string or an ArrayBufferView, got 7"],
    "a number as data": [{ data: 7 }, "string or an ArrayBufferView, got 7"],
    "a number as the callback": [{ data: "x", callback: 7 }, "function, got 7"],
  };
  for (const [name, [chunk, words]] of Object.entries(cases)) {
    it(`write() fails for ${name}`, () =>
      withoutLeaks(async (sockets) => {
        const [near, peer] = sockets.half();
        const failed = failure(near);
        const received = new Promise<unknown>((resolve) =>
          near.write(wrong<UChunk>(chunk), resolve)
        );
        const error = await failed;
        assertStringIncludes(String(error), words);
        assertEquals(await received, error);
        assertEquals(recvmsg(peer, new Uint8Array(8))?.length, 0);
      }));
  }

  it("destroy() calls the callback of each unsent message, once", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      await once(near, "connected");
      const messages: unknown[] = [];
      const [fd] = sockets.file();
      near.on("error", () => {});
      let calls = 0;
      const callback = (error?: Error) => {
        calls++;
        messages.push(error?.message);
      };
      for (let n = 0; n < 20; n++) near.write({ data: Buffer.alloc(65536), fds: [fd], callback });
      near.write({ fds: [fd], callback });
      far.destroy();
      near.destroy();
      await Promise.all([ended(near), ended(far)]);
      while (calls < 21) await new Promise(setImmediate);
      assertEquals(calls, 21);
      // A few fit into the socket.
      const unsent = messages.filter((message) => typeof message === "string").length;
      assert(unsent > 10 && unsent < 21, JSON.stringify(messages));
      assertEquals(countFdsOf(fd), 1);
    }));

  it("write() calls back if the socket is destroyed at once", () =>
    withoutLeaks(async (sockets) => {
      const [fd] = sockets.file();
      for (const fds of [[], [fd]]) {
        for (const data of ["", "x", Buffer.alloc(1 << 20)]) {
          const [near] = sockets.half();
          near.on("error", () => {});
          const called: string[] = [];
          const callback = () => called.push("the message's");
          near.write({ data, fds, callback }, () => called.push("the write's"));
          near.destroy();
          await ended(near);
          for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
          assertEquals(
            called,
            ["the message's", "the write's"],
            `${data.length} bytes, ${fds.length}`,
          );
        }
      }
    }));

  it("write() fails once the peer has closed, and without a connection", () =>
    withoutLeaks(async (sockets) => {
      const [near, peer] = sockets.half();
      sockets.fds.close(peer);
      const failed = failure(near);
      near.write("x");
      assertEquals((await failed).code, "EPIPE");

      const unconnected = sockets.own(new USocket());
      const failedToo = failure(unconnected);
      unconnected.write("x");
      assertStringIncludes((await failedToo).message, "not connected");
    }));

  it("end() fails for descriptors without bytes after them", () =>
    withoutLeaks(async (sockets) => {
      const [near] = sockets.half();
      const [fd] = sockets.file();
      const failed = failure(near);
      near.end([fd]);
      assertStringIncludes((await failed).message, "without bytes");
      assertEquals(countFdsOf(fd), 1);
    }));

  it("write() succeeds if the peer ignores the descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [near, peer] = sockets.half();
      const [fd] = sockets.file();
      for (const data of ["one", "two"]) {
        const sent = new Promise((resolve) => near.write({ data, fds: [fd], callback: resolve }));
        await sent;
        assertEquals(recvmsg(peer, new Uint8Array(8))?.fds, []);
      }
      assertEquals(countFdsOf(fd), 1);
    }));
});

describe("USocket", () => {
  it("unread descriptors are closed when the peer ends in mid-message", () =>
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

  it("destroy() closes unread descriptors", () =>
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

  it("unshift() closes descriptors after destroy()", () =>
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

  it("a peer that sends more than maxFds descriptors is disconnected", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half({ maxFds: 10 });
      const [fd] = sockets.file();
      socket.resume();
      const failed = failure(socket);
      for (let n = 0; n < 11; n++) sendmsg(peer, { data: Buffer.from("x"), fds: [fd] });
      assertEquals((await failed).code, "ENOBUFS");
      assertEquals(countFdsOf(fd), 1);
    }));

  it("reading ahead stops at 64 descriptors", () =>
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

  it("a read fails if the peer has closed with unread data", () =>
    withoutLeaks(async (sockets) => {
      const [socket, peer] = sockets.half();
      await once(socket, "connected");
      socket.write("x");
      const failed = failure(socket);
      sockets.fds.close(peer);
      socket.resume();
      assertEquals((await failed).code, "ECONNRESET");
    }));

  it("takeFds() and read() throw for a wrong number of descriptors", () =>
    withoutLeaks((sockets) => {
      const [near] = sockets.pair();
      for (const count of [0.5, NaN, -Infinity, wrong<number>("1"), wrong<number>({})]) {
        assertThrows(() => near.takeFds(count), TypeError, "must be an integer");
        assertThrows(() => near.read(1, count), TypeError, "must be an integer");
      }
      assertEquals(near.takeFds(-1), []);
      return Promise.resolve();
    }));

  it("destroy() may be called in any listener", () =>
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

describe("a descriptor that other code has closed", () => {
  const closers = { close, closeFd, "close(2)": (fd: number) => void libc().close(fd) };
  for (const [name, closeBehind] of Object.entries(closers)) {
    it(`destroy() and close() leave its number alone after ${name}`, () =>
      withoutLeaks(async (sockets) => {
        const socket = new USocket({ fd: sockets.fds.socketpair()[0] });
        const server = new UServer().listen(`\0${crypto.randomUUID()}`);
        await Promise.all([once(socket, "connected"), once(server, "listening")]);
        const numbers = [socket.fd!, server.fd!];
        const [stranger] = sockets.fds.pipe();
        for (const fd of numbers) {
          closeBehind(fd);
          sockets.fds.reuse(fd, stranger);
        }
        const files = numbers.map(fileOf);
        const failed = once(socket, "error");
        socket.destroy();
        await failed;
        assertThrows(() => server.close());
        assertEquals(numbers.map(fileOf), files);
      }));
  }
});

describe("USocket.connect()", () => {
  it("connect() emits an error for a bad descriptor, which stays yours", () =>
    withoutLeaks(async (sockets) => {
      const [reader] = sockets.fds.pipe();
      const datagrams = sockets.fds.own(newSocket(AF_UNIX, SOCK_DGRAM));
      const messages: [fd: number, message: string][] = [
        [reader, "ENOTSOCK"],
        [datagrams, "stream socket"],
        [1_000_000, "EBADF"],
        [-1, "got the number -1"],
        [NaN, "got the number NaN"],
      ];
      for (const [fd, message] of messages) {
        let isConnected = false;
        const socket = new USocket({ fd }, () => isConnected = true);
        const failed = failure(socket);
        const written = new Promise<unknown>((resolve) => socket.write("x", resolve));
        assertStringIncludes(String(await failed), message);
        assertStringIncludes(String(await written), message);
        assertEquals([isConnected, socket.fd, socket.connecting], [false, undefined, false]);
      }
      assertEquals([reader, datagrams].map((fd) => fileOf(fd).length > 0), [true, true]);
    }));

  it("connect() throws for wrong options, and if the socket is or was connected", () =>
    withoutLeaks(async (sockets) => {
      assertThrows(() => new USocket({ path: wrong<string>(7) }), TypeError, "7");
      assertThrows(() => new USocket().connect({}), TypeError, "path or an fd, got {}");
      assertThrows(() => new USocket({ path: "/x", maxFds: -1 }), TypeError, "maxFds");
      const [socket] = sockets.pair();
      assertThrows(() => socket.connect("/x"), Error, "connected before");
      socket.destroy();
      await ended(socket);
      assertThrows(() => socket.connect("/x"), Error, "connected before");
      const connecting = new USocket("/x");
      assertThrows(() => connecting.connect("/x"), Error, "connected before");
      await failure(connecting);
    }));

  it("connect() can be called again after a failed attempt", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const calls: string[] = [];
      const client = sockets.own(new USocket());
      client.connect({ fd: -1 }, () => calls.push("first"));
      assertStringIncludes(String(await failure(client)), "-1");
      client.connect(path, () => calls.push("second"));
      client.write("lost", () => {});
      assertEquals((await failure(client)).code, "ECONNREFUSED");
      const server = sockets.own(new UServer()).listen(path);
      client.connect(path, () => calls.push("third"));
      client.write({ data: "hello", callback: () => calls.push("sent") });
      const [connection] = await once(server, "connection");
      assertEquals((await readBoth(sockets.own(connection), 5, 0)).data, "hello");
      connection.end("bye");
      assertEquals((await readBoth(client, 3, 0)).data, "bye");
      assertEquals(calls, ["third", "sent"]);
      client.end();
      for (const socket of [client, connection]) socket.resume();
      await Promise.all([ended(client), ended(connection)]);
    }));

  it("connect() can be called in the listener of an error, and after destroy()", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      server.on("connection", (connection) => sockets.own(connection).end("hello"));
      const client = sockets.own(new USocket());
      let attempts = 0;
      client.on("error", () => {
        if (++attempts === 3) server.listen(path);
        client.connect(path);
      });
      client.connect(path);
      assertEquals((await readBoth(client, 5, 0)).data, "hello");
      assertEquals(attempts, 3);
      const far = sockets.own(new USocket("/nonexistent"));
      far.destroy();
      far.connect(path);
      assertEquals((await readBoth(far, 5, 0)).data, "hello");
    }));

  it("dbusStream() finds the path in an address", async () => {
    for (const path of ["/nonexistent/a=b", "/nonexistent/a:b", "/nonexistent/a%3bb"]) {
      const [error] = await once(dbusStream(`tcp:host=x;unix:guid=7,path=${path}`), "error");
      assertEquals([error.code, error.address], ["ENOENT", decodeURIComponent(path)]);
    }
  });

  it("dbusStream() throws without an address", () => {
    for (const bus of [undefined, null, 7]) {
      assertThrows(
        () => dbusStream(wrong<DBusAddress>(bus)),
        TypeError,
        `Expected a bus address, a path or an object with an fd, got`,
      );
    }
  });

  it("connect() emits an error without a server, and for a wrong path", () =>
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

  it("destroy() ends a socket that isn't connected yet", () =>
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
