/** The behaviour of npm's unix-dgram. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createRequire } from "node:module";
import { until } from "../../../tests/support/event_loop.ts";
import unixDgram, { createSocket, type RemoteInfo, type UnixDgramError } from "../mod.ts";
import { fill, numbers, receiveAll, withoutLeaks } from "./support/sockets.ts";

const ECONNREFUSED = -111;
const EAGAIN = -11;

describe("createSocket()", () => {
  it("createSocket() is exported by name, by default, and to require()", () => {
    assertEquals(unixDgram.createSocket, createSocket);
    const required = createRequire(import.meta.url)("../mod.ts");
    assertEquals(typeof required.createSocket, "function");
  });

  it("createSocket() accepts a listener as the second or third argument", () =>
    withoutLeaks(async (sockets) => {
      const received: string[] = [];
      const listener = (data: Buffer) => received.push(String(data));
      for (
        const create of [
          () => createSocket("unix_dgram", listener),
          () => createSocket("unix_dgram", { maxFds: 1 }, listener),
          () => createSocket("unix_dgram", undefined, listener),
          () => createSocket("unix_dgram", null as unknown as undefined, listener),
        ]
      ) {
        const path = sockets.path();
        sockets.own(create()).bind(path);
        await sockets.create().send(path, { path });
      }
      await until(() => received.length === 4, () => new Error(`Received ${received}`));
    }));

  it("createSocket() returns a UDP socket from node:dgram", async () => {
    const received = Promise.withResolvers<string>();
    const server = createSocket("udp4", (data) => received.resolve(String(data)));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    const client = createSocket("udp4");
    client.send("hello", server.address().port, "127.0.0.1");
    assertEquals(await received.promise, "hello");
    for (const socket of [server, client]) await new Promise<void>((done) => socket.close(done));
  });

  it("createSocket() throws for other types", () => {
    for (const type of ["unix_stream", undefined, 7]) {
      assertThrows(() => createSocket(type as "unix_dgram"), Error, "Unsupported socket type");
    }
  });
});

describe("events and callbacks", () => {
  it("bind(), connect() and send() emit and call back before they return", () =>
    withoutLeaks((sockets) => {
      const path = sockets.path();
      const events: string[] = [];
      const [server, client] = [sockets.create(), sockets.create()];
      server.on("listening", () => events.push("listening"));
      client.on("connect", () => events.push(`connect: ${client.connected}`));
      server.bind(path);
      client.connect(path);
      client.send("x", (...args) => events.push(`sent: ${args.length}`));
      client.send(Buffer.from("x"), 0, 1, path, (...args) => events.push(`sent: ${args.length}`));
      client.sendto(Buffer.from("x"), 0, 1, path, (...args) => events.push(`sent: ${args.length}`));
      assertEquals(events, ["listening", "connect: true", "sent: 0", "sent: 0", "sent: 0"]);
    }));

  it("message has the bytes, their number, and the sender's path or null", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound();
      const received: [string, RemoteInfo][] = [];
      server.on("message", (data, remote) => received.push([String(data), remote]));
      const client = sockets.create();
      client.send(Buffer.from("PING1"), 0, 5, path, () => {});
      // The kernel looks up the path when the datagram is received.
      await until(() => received.length === 1, () => new Error("Received nothing"));
      const clientPath = sockets.path();
      client.bind(clientPath);
      client.send(Buffer.from("PING2"), 0, 5, path, () => {});
      await until(() => received.length === 2, () => new Error(`Received ${received.length}`));
      const rest = { size: 5, address: {}, fds: [], credentials: undefined, isTruncated: false };
      assertEquals(received.map(([text, { pathBytes: _, ...remote }]) => [text, remote]), [
        ["PING1", { ...rest, path: null }],
        ["PING2", { ...rest, path: clientPath }],
      ]);
      assertEquals(
        received.map(([_, { pathBytes }]) => pathBytes && String(Buffer.from(pathBytes))),
        [
          null,
          clientPath,
        ],
      );
    }));

  it("message and writable are emitted in the context that created the socket", () =>
    withoutLeaks(async (sockets) => {
      const context = new AsyncLocalStorage<string>();
      const [server, path] = context.run("creator", () => sockets.bound());
      const contexts: unknown[] = [];
      const client = context.run("creator", () => sockets.create());
      client.on("writable", () => contexts.push(context.getStore()));
      context.run("sender", () => {
        client.connect(path);
        fill(client);
        server.on("message", () => contexts.push(context.getStore()));
      });
      await until(() => contexts.length > 5, () => new Error(`Contexts: ${contexts}`));
      assertEquals(new Set(contexts), new Set(["creator"]));
    }));

  it("send() sends the given part of the data, also while connected to another receiver", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound();
      const [, other] = sockets.bound();
      const client = sockets.create().connect(other);
      client.send(Buffer.from("foobarbaz"), 3, 4, path, () => {});
      assertEquals(String((await server.receive()).data), "barb");
    }));

  it("send() calls back with negative numbers, or emits an error without a callback", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound();
      server.close();
      const client = sockets.create();
      const errors: UnixDgramError[] = [];
      client.on("error", (error) => errors.push(error));
      client.send(Buffer.from("x"), 0, 1, path, (error) => errors.push(error!));
      client.send(Buffer.from("x"), 0, 1, path);
      client.connect(path);
      client.bind(path);
      assertEquals(
        errors.map(({ code, errno, syscall }) => [code, errno, syscall]),
        [
          [ECONNREFUSED, ECONNREFUSED, "send"],
          [ECONNREFUSED, ECONNREFUSED, "send"],
          [ECONNREFUSED, ECONNREFUSED, "connect"],
          [-98, -98, "bind"],
        ],
      );
      assert(errors.every((error) => error instanceof Error && error.path === path));
      assert(errors[0]!.message.startsWith("send -111: ECONNREFUSED: Connection refused, "));
      // No rejection of an emitted error is unhandled.
      await new Promise(setImmediate);
    }));

  it("bind() and connect() throw errors without a listener", () =>
    withoutLeaks((sockets) => {
      const client = sockets.create();
      assertThrows(() => client.connect("/nonexistent/socket"), Error, "connect -2: ENOENT");
      assertThrows(() => client.bind("/nonexistent/socket"), Error, "bind -2: ENOENT");
    }));

  it("send() to a busy connected receiver calls back with the code 1, then emits writable", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const count = fill(client);
      let isSync = false;
      client.send("x", (error) => {
        isSync = true;
        assertEquals([error?.code, error?.errno, error?.message], [1, undefined, "congestion"]);
      });
      assert(isSync);
      const writable = once(client, "writable");
      assertEquals(String((await server.receive()).data), "0");
      await writable;
      let code: number | undefined = 0;
      client.send(`${count}`, (error) => code = error?.code);
      assertEquals(code, undefined);
    }));

  it("send() without a callback emits congestion with the bytes, for a later attempt", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const total = 300;
      const received: string[] = [];
      client.setMaxListeners(total);
      let congestions = 0;
      client.on("congestion", (data) => {
        congestions++;
        client.once("writable", () => client.send(data));
      });
      for (const text of numbers(total)) client.send(Buffer.from(text));
      assert(congestions > 0);
      server.on("message", (data) => received.push(String(data)));
      await until(() => received.length === total, () => new Error(`Received ${received.length}`));
      assertEquals(received, numbers(total));
    }));

  it("writable is emitted to a listener that is added when the receiver has room again", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const count = fill(client);
      await receiveAll(server, count);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      await once(client, "writable");
    }));

  it("send() to a busy receiver by path calls back with EAGAIN", () =>
    withoutLeaks((sockets) => {
      const [, path] = sockets.bound();
      const client = sockets.create();
      fill(client, path);
      let code: number | undefined;
      client.send(Buffer.from("x"), 0, 1, path, (error) => code = error?.code);
      assertEquals(code, EAGAIN);
    }));

  it("close() is synchronous, emits nothing, and may be repeated", () =>
    withoutLeaks((sockets) => {
      const [server, client, path] = sockets.pair();
      const events: string[] = [];
      for (const event of ["close", "error"]) client.on(event, () => events.push(event));
      client.close();
      client.close();
      assertEquals([client.fd, client.connected, events], [-1, false, []]);
      client.send("x", (error) => events.push(`${error?.code}`));
      client.connect(path);
      assertEquals(events, ["-9", "error"]);
      assert(server.fd > 0);
    }));

  it("close() may be called in any listener and callback", () =>
    withoutLeaks(async (sockets) => {
      for (const event of ["listening", "connect", "message", "error", "writable"]) {
        const [server, path] = sockets.bound();
        const socket = sockets.create();
        const closed = new Promise<void>((resolve) =>
          socket.on(event, () => {
            socket.close();
            resolve();
          })
        );
        const own = sockets.path();
        socket.bind(own);
        if (event === "error") socket.connect("/nonexistent");
        if (socket.fd >= 0) socket.connect(path);
        if (event === "message") await server.send("x", { path: own });
        if (event === "writable") {
          fill(socket);
          await server.receive();
        }
        await closed;
        assertEquals(socket.fd, -1);
        server.close();
      }
    }));
});
