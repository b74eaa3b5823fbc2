/** Promises, signals, iterators, and the lifetime of the process. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Buffer } from "node:buffer";
import os from "node:os";
import { osLibc } from "../../../src/ffi/libc.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { run } from "../../../tests/support/programs.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { UnixDgramError, type UnixDgramSocket } from "../mod.ts";
import { fill, numbers, receiveAll, withoutLeaks } from "./support/sockets.ts";

const ECANCELED = -125;
const ECONNREFUSED = -111;
const ENOTCONN = -107;

/** Whether `promise` is pending after many turns of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const note = () => isSettled = true;
  promise.then(note, note);
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  return !isSettled;
}

/** Both ways to address a receiver. */
const ways: Record<string, (client: UnixDgramSocket, path: string) => string | undefined> = {
  "a connected receiver": (client, path) => void client.connect(path),
  "a path": (_, path) => path,
};

describe("UnixDgramSocket.send()", () => {
  for (const [name, address] of Object.entries(ways)) {
    it(`send() to ${name} waits for room, and keeps the order`, () =>
      withoutLeaks(async (sockets) => {
        const [server, receiver] = sockets.bound();
        const client = sockets.create();
        const path = address(client, receiver);
        const count = fill(client, path);
        const total = count + 100;
        const sent = numbers(total).slice(count).map((text) => client.send(text, { path }));
        assert(await isPending(Promise.race(sent)));
        assertEquals(await receiveAll(server, total), numbers(total));
        await Promise.all(sent);
      }));

    it(`send() to ${name} attempts few sends while it waits`, () =>
      withoutLeaks(async (sockets) => {
        const [server, receiver] = sockets.bound();
        const client = sockets.create();
        const path = address(client, receiver);
        const count = fill(client, path);
        let attempts = 0;
        using _counter = failingIn(osLibc(), "sendmsg", 0, 0, () => {
          attempts++;
          return false;
        });
        const sent = client.send("last", { path });
        const turns = 2000;
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        assert(attempts < turns / 4, `${attempts} attempts in ${turns} turns`);
        assertEquals((await receiveAll(server, count + 1)).at(-1), "last");
        await sent;
      }));

    it(`send() to ${name} rejects when a signal aborts, and nothing is sent`, () =>
      withoutLeaks(async (sockets) => {
        const [server, receiver] = sockets.bound();
        const client = sockets.create();
        const path = address(client, receiver);
        const count = fill(client, path);
        const controller = new AbortController();
        const { signal } = controller;
        const aborted = ["a", "b"].map((text) =>
          rejection(client.send(text, { path, signal }), Error)
        );
        const kept = client.send("kept", { path });
        const reason = new Error("enough");
        controller.abort(reason);
        assertEquals(await Promise.all(aborted), [reason, reason]);
        assertEquals(await rejection(client.send("late", { path, signal }), Error), reason);
        assertEquals((await receiveAll(server, count + 1)).at(-1), "kept");
        await kept;
      }));

    it(`send() to ${name} rejects when that is closed`, () =>
      withoutLeaks(async (sockets) => {
        const [server, receiver] = sockets.bound();
        const client = sockets.create();
        const path = address(client, receiver);
        fill(client, path);
        const failed = ["x", "y"].map((text) =>
          rejection(client.send(text, { path }), UnixDgramError)
        );
        server.close();
        const errors = await Promise.all(failed);
        assertEquals(errors.map(({ syscall }) => syscall), ["send", "send"]);
        // The kernel ends the connection with the first error.
        const second = path === undefined ? ENOTCONN : ECONNREFUSED;
        assertEquals(errors.map(({ code }) => code), [ECONNREFUSED, second]);
      }));

    it(`send() to ${name} rejects when its own socket is closed`, () =>
      withoutLeaks(async (sockets) => {
        const [, receiver] = sockets.bound();
        const client = sockets.create();
        const path = address(client, receiver);
        fill(client, path);
        const failed = rejection(client.send("x", { path }), UnixDgramError);
        // A program may ignore that, as with npm's package.
        client.send("ignored", { path });
        client.close();
        assertEquals((await failed).code, ECANCELED);
        await new Promise(setImmediate);
      }));

    it(`send() to ${name} backs off after ENOBUFS`, () =>
      withoutLeaks(async (sockets) => {
        const [server, receiver] = sockets.bound();
        const client = sockets.create();
        const path = address(client, receiver);
        let failures = 5;
        using _fault = failingIn(osLibc(), "sendmsg", os.constants.errno.ENOBUFS, -1, () =>
          failures-- > 0);
        await client.send("x", { path });
        assertEquals(String((await server.receive()).data), "x");
        assertEquals(failures, -1);
      }));
  }

  it("send() attempts few sends while its own buffer is full, and then sends all", () =>
    withoutLeaks(async (sockets) => {
      const receivers = Array.from({ length: 60 }, () => sockets.bound());
      const client = sockets.create({ sendBufferSize: 4096 });
      const sent = receivers.flatMap(([, path]) =>
        numbers(3).map((text) => client.send(text, { path }))
      );
      let attempts = 0;
      using counter = failingIn(osLibc(), "sendmsg", 0, 0, () => {
        attempts++;
        return false;
      });
      const from = performance.now();
      for (let turn = 0; turn < 2000; turn++) await new Promise(setImmediate);
      // There is at most one delay per ms, with 8 attempts after each.
      const most = 8 * (performance.now() - from) + 8 * receivers.length;
      assert(attempts < Math.min(most, 6000), `${attempts} attempts`);
      counter[Symbol.dispose]();
      const received = receivers.map(([server]) => receiveAll(server, 3));
      for (const texts of await Promise.all(received)) assertEquals(texts, numbers(3));
      await Promise.all(sent);
    }));

  it("send() to a busy receiver doesn't delay other receivers", () =>
    withoutLeaks(async (sockets) => {
      const [, busy] = sockets.bound();
      const [server, path] = sockets.bound();
      const client = sockets.create();
      fill(client, busy);
      const waiting = rejection(client.send("x", { path: busy }), UnixDgramError);
      await client.send("hello", { path });
      assertEquals(String((await server.receive()).data), "hello");
      client.close();
      await waiting;
    }));

  it("send() with a callback doesn't overtake waiting datagrams", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const count = fill(client);
      const sent = client.send("first");
      let code: number | undefined;
      client.once("writable", () => client.send("third"));
      // There is room, but the first one hasn't been sent yet.
      await server.receive();
      client.send("second", (error) => code = error?.code);
      assertEquals(code, 1);
      const texts = await receiveAll(server, count + 1);
      assertEquals(texts.slice(-2), ["first", "third"]);
      await sent;
    }));

  it("send() rejects beyond maxQueued, which may be ignored", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair({ maxQueued: 2 });
      const count = fill(client);
      const sent = [client.send("a"), client.send("b")];
      client.send("ignored");
      assertEquals((await rejection(client.send("c"), UnixDgramError)).message, "congestion");
      assertEquals((await receiveAll(server, count + 2)).slice(count), ["a", "b"]);
      await Promise.all(sent);
    }));

  it("send() emits errors of waiting datagrams if there is a listener", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      fill(client);
      const errors: number[] = [];
      client.on("error", ({ code }) => errors.push(code));
      client.send("x");
      server.close();
      await until(() => errors.length > 0, () => new Error("No error"));
      assertEquals(errors, [ECONNREFUSED]);
    }));

  it("send() sends empty datagrams, strings, and any view", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const bytes = new Uint8Array([97, 98, 99, 100]);
      for (const data of ["", "é", bytes.subarray(1, 3), new DataView(bytes.buffer, 2)]) {
        await client.send(data);
      }
      assertEquals(await receiveAll(server, 4), ["", "é", "bc", "cd"]);
    }));
});

describe("UnixDgramSocket.receive()", () => {
  it("receive() resolves in the order of the calls, before listeners are called", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const emitted: string[] = [];
      const pending = [server.receive(), server.receive()];
      server.on("message", (data) => emitted.push(String(data)));
      for (const text of numbers(4)) await client.send(text);
      assertEquals((await Promise.all(pending)).map(({ data }) => String(data)), ["0", "1"]);
      await until(() => emitted.length === 2, () => new Error(`Emitted ${emitted}`));
      assertEquals(emitted, ["2", "3"]);
    }));

  it("receive() rejects when a signal aborts, and loses no datagram", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const controller = new AbortController();
      const aborted = rejection(server.receive({ signal: controller.signal }), Error);
      const pending = server.receive();
      controller.abort(new Error("enough"));
      assertEquals((await aborted).message, "enough");
      await client.send("hello");
      assertEquals(String((await pending).data), "hello");
      await rejection(server.receive({ signal: controller.signal }), Error, "enough");
    }));

  it("receive() rejects when the socket is closed, and afterwards", () =>
    withoutLeaks(async (sockets) => {
      const [server] = sockets.bound();
      const pending = rejection(server.receive(), UnixDgramError);
      server.close();
      assertEquals((await pending).code, ECANCELED);
      assertEquals((await rejection(server.receive(), UnixDgramError)).code, ECANCELED);
    }));

  it("for await yields datagrams until the socket is closed", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      for (const text of numbers(3)) await client.send(text);
      const received: string[] = [];
      for await (const { data } of server) {
        received.push(String(data));
        if (received.length === 2) break;
      }
      // A break doesn't close it.
      for await (const { data } of server) {
        received.push(String(data));
        setImmediate(() => server.close());
      }
      assertEquals(received, numbers(3));
    }));

  it("messages() can be left while next() is pending, which takes no datagram", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      for (const leave of ["return", Symbol.asyncDispose] as const) {
        const messages = server.messages();
        const pending = [messages.next(), messages.next()];
        await messages[leave]!();
        const ended = { done: true, value: undefined } as const;
        assertEquals(await Promise.all(pending), [ended, ended]);
        assertEquals(await messages.next(), ended);
        await client.send("hello");
        assertEquals(String((await server.receive()).data), "hello");
      }
    }));

  it("messages() ends after an error", () =>
    withoutLeaks(async (sockets) => {
      const [server] = sockets.bound();
      const controller = new AbortController();
      const messages = server.messages({ signal: controller.signal });
      const failed = rejection(messages.next(), Error);
      controller.abort(new Error("enough"));
      assertEquals((await failed).message, "enough");
      assertEquals(await messages.next(), { done: true, value: undefined });
    }));

  it("messages() rejects with the signal's reason", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const controller = new AbortController();
      await client.send("x");
      const reason = new Error("enough");
      let count = 0;
      const error = await assertRejects(async () => {
        for await (const _ of server.messages({ signal: controller.signal })) {
          count++;
          setImmediate(() => controller.abort(reason));
        }
      }, Error);
      assertEquals([count, error], [1, reason]);
    }));

  it("datagrams stay in the kernel without a listener, and arrive after one is added", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const received: string[] = [];
      const listener = (data: Buffer) => received.push(String(data));
      for (const text of numbers(2)) await client.send(text);
      server.once("message", listener);
      await until(() => received.length > 0, () => new Error("Nothing was received"));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      assertEquals(received, ["0"]);
      server.removeAllListeners();
      server.on("message", listener);
      await until(() => received.length > 1, () => new Error("The second one is missing"));
      assertEquals(received, numbers(2));
    }));
});

describe("the signal option", () => {
  it("new UnixDgramSocket() closes the socket when its signal aborts", () =>
    withoutLeaks(async (sockets) => {
      const controller = new AbortController();
      const socket = sockets.create({ signal: controller.signal });
      const pending = rejection(socket.receive(), UnixDgramError);
      controller.abort();
      assertEquals(socket.fd, -1);
      await pending;
    }));
});

describe("a process", () => {
  for (
    const [mode, output] of [
      ["listener", "alive"],
      ["listener, unref", "exit"],
      ["no listener", "exit"],
      ["waiting send", "alive"],
      ["waiting send, unref", "exit"],
      ["waiting send by path", "alive"],
      ["waiting send by path, unref", "exit"],
      ["busy send with a callback", "exit"],
      ["busy send with a callback, listener for writable", "alive"],
    ] as const
  ) {
    const verb = output === "exit" ? "exits" : "stays alive";
    it(`UnixDgramSocket: a process ${verb} with ${mode}`, async () => {
      const program = "../../packages/unix-dgram/tests/programs/keep_alive";
      const outcome = await run(program, { args: [mode] });
      assertEquals(outcome, { code: 0, signal: null, output: `${output}\n` });
    });
  }
});
