/** Descriptors and credentials along with datagrams, and large datagrams. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import process from "node:process";
import { close, setsockopt, SOL_SOCKET, write } from "@fdready/fdready/os";
import { osLibc } from "../../../src/ffi/libc.ts";
import { ETOOMANYREFS } from "../../../tests/support/errnos.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { countFdsOf } from "../../../tests/support/fds.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { UnixDgramError } from "../mod.ts";
import { withoutLeaks } from "./support/sockets.ts";

/** asm-generic/socket.h */
const SO_TIMESTAMP = 29;

describe("descriptors", () => {
  it("send() sends descriptors with their datagram", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair({ maxFds: 2 });
      const [reader, writer] = sockets.fds.pipe();
      await client.send("none");
      await client.send("both", { fds: [reader, writer] });
      await client.send("writer", { fds: [{ fd: writer }] });
      const datagrams = [await server.receive(), await server.receive(), await server.receive()];
      const fds = datagrams.flatMap(({ fds }) => fds);
      assertEquals(
        datagrams.map(({ data, fds, isTruncated }) => [String(data), fds.length, isTruncated]),
        [["none", 0, false], ["both", 2, false], ["writer", 1, false]],
      );
      assertEquals([countFdsOf(reader), countFdsOf(writer)], [5, 5]);
      write(fds[2]!, Buffer.from("x"));
      fds.forEach((fd) => close(fd));
    }));

  it("message has the descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair({ maxFds: 1 });
      const [reader] = sockets.fds.pipe();
      const received = new Promise<number[]>((resolve) =>
        server.on("message", (_, { fds }) => resolve(fds))
      );
      client.send("x", { fds: [reader] }, (error) => assertEquals(error, undefined));
      const fds = await received;
      assertEquals(fds.length, 1);
      fds.forEach((fd) => close(fd));
    }));

  it("a socket closes descriptors beyond maxFds", () =>
    withoutLeaks(async (sockets) => {
      for (const maxFds of [0, 1]) {
        const [server, client] = sockets.pair({ maxFds });
        const [reader] = sockets.fds.pipe();
        const before = countFdsOf(reader);
        await client.send("x", { fds: [reader, reader] });
        const { data, fds, isTruncated } = await server.receive();
        assertEquals([String(data), fds.length, isTruncated], ["x", maxFds, true]);
        fds.forEach((fd) => close(fd));
        assertEquals(countFdsOf(reader), before);
      }
    }));

  it("send() waits while too many descriptors are in flight, or calls back with an error", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair({ maxFds: 1 });
      const [reader] = sockets.fds.pipe();
      let failures = 3;
      // Root has no limit.
      using _fault = failingIn(osLibc(), "sendmsg", ETOOMANYREFS, -1, () => failures-- > 0);
      let code: number | undefined;
      client.send("x", { fds: [reader] }, (error) => code = error?.code);
      assertEquals(code, 1);
      await client.send("y", { fds: [reader] });
      const { data, fds } = await server.receive();
      assertEquals(String(data), "y");
      fds.forEach((fd) => close(fd));
    }));

  it("send() rejects for a closed descriptor, and for descriptors without data", () =>
    withoutLeaks(async (sockets) => {
      const [, client] = sockets.pair();
      const { code } = await rejection(client.send("x", { fds: [1_000_000] }), UnixDgramError);
      assertEquals(code, -9);
      const [reader] = sockets.fds.pipe();
      await rejection(client.send("", { fds: [reader] }), TypeError);
    }));
});

describe("socket options of the program", () => {
  it("receive() returns descriptors and credentials beside other control data", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair({ maxFds: 2, credentials: true });
      setsockopt(server.fd, SOL_SOCKET, SO_TIMESTAMP, 1);
      const [reader, writer] = sockets.fds.pipe();
      await client.send("x", { fds: [reader, writer] });
      const { fds, credentials, isTruncated } = await server.receive();
      assertEquals([fds.length, credentials?.pid, isTruncated], [2, process.pid, false]);
      fds.forEach((fd) => close(fd));
    }));
});

describe("credentials", () => {
  it("receive() returns the sender's credentials if the socket has that option", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound({ credentials: true });
      await sockets.create().send("x", { path });
      const { credentials } = await server.receive();
      const expected = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
      assertEquals(credentials as object, expected);
    }));

  it("receive() returns both credentials and descriptors", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound({ credentials: true, maxFds: 3 });
      const [reader] = sockets.fds.pipe();
      await sockets.create().send("x", { path, fds: [reader, reader, reader] });
      const { credentials, fds, isTruncated } = await server.receive();
      assertEquals([credentials?.pid, fds.length, isTruncated], [process.pid, 3, false]);
      fds.forEach((fd) => close(fd));
    }));
});

describe("large datagrams", () => {
  it("send() sends the largest datagram, and rejects with EMSGSIZE beyond it", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair({ sendBufferSize: 65536 });
      // The kernel doubles the size, and needs a part for itself.
      const largest = Buffer.alloc(2 * 65536 - 32, "x");
      await client.send(largest);
      const { data, isTruncated } = await server.receive();
      assert(data.equals(largest) && !isTruncated);
      const error = await rejection(client.send(Buffer.alloc(2 * 65536)), UnixDgramError);
      assertEquals([error.code, error.syscall], [-90, "send"]);
      assert(error.message.includes("sendBufferSize"));
    }));

  it("receive() keeps datagrams apart, and their memory too", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const sent = [1, 100, 5000, 150_000].map((length, index) => Buffer.alloc(length, index));
      const received: Buffer[] = [];
      for (const data of sent) {
        await client.send(data);
        received.push((await server.receive()).data);
      }
      for (const [index, data] of sent.entries()) assert(data.equals(received[index]!));
    }));
});
