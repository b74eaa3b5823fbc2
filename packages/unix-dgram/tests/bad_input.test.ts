/** Bad arguments and failing calls. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { closeFd } from "@fdready/fdready";
import { close, listenUnix } from "@fdready/fdready/os";
import { libc, osLibc } from "../../../src/ffi/libc.ts";
import { EMFILE } from "../../../tests/support/errnos.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { isOpen } from "../../../tests/support/libc.ts";
import { run } from "../../../tests/support/programs.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { createSocket, UnixDgramError } from "../mod.ts";
import {
  fill,
  receiveAll,
  type Sockets,
  UnixDgramSocket,
  withoutLeaks,
} from "./support/sockets.ts";

// deno-lint-ignore no-explicit-any -- arguments of untyped callers
type Anything = any;

/** Creates a path that can't be used, and the errno of bind(2), connect(2) and sendmsg(2). */
const paths: Record<
  string,
  (sockets: Sockets) => [path: string, bind: number, connect: number]
> = {
  "a path that is too long": (sockets) => [sockets.path().padEnd(108, "x"), -36, -36],
  "a missing directory": (sockets) => [`${sockets.path()}/socket`, -2, -2],
  "a file as a directory": (sockets) => {
    const path = sockets.path();
    writeFileSync(path, "");
    return [`${path}/socket`, -20, -20];
  },
  "a file": (sockets) => {
    const path = sockets.path();
    writeFileSync(path, "");
    return [path, -98, -111];
  },
  "a directory": (sockets) => {
    const path = sockets.path();
    mkdirSync(path);
    return [path, -98, -111];
  },
  "a stream socket": (sockets) => {
    const path = sockets.path();
    sockets.fds.own(listenUnix(path));
    return [path, -98, -91];
  },
  "a stale socket file": (sockets) => {
    const [socket, path] = sockets.bound();
    socket.close();
    return [path, -98, -111];
  },
};

describe("paths", () => {
  for (const [name, create] of Object.entries(paths)) {
    it(`bind(), connect() and send() fail for ${name}`, () =>
      withoutLeaks(async (sockets) => {
        const [path, bindCode, connectCode] = create(sockets);
        const socket = sockets.create();
        const errors: UnixDgramError[] = [];
        socket.on("error", (error) => errors.push(error));
        socket.bind(path).connect(path);
        socket.send("x", { path }, (error) => errors.push(error!));
        socket.removeAllListeners("error");
        errors.push(await rejection(socket.send("x", { path }), UnixDgramError));
        assertEquals(
          errors.map(({ code, syscall }) => [syscall, code]),
          [["bind", bindCode], ["connect", connectCode], ["send", connectCode], [
            "send",
            connectCode,
          ]],
        );
        for (const error of errors) assertEquals([error.path, error.errno], [path, error.code]);
        assertEquals(socket.connected, false);
      }));
  }

  it("bind(), connect() and send() reject wrong types and empty paths with a TypeError", () =>
    withoutLeaks(async (sockets) => {
      const socket = sockets.create();
      for (const path of [undefined, null, 7, {}, []] as Anything[]) {
        assertThrows(() => socket.bind(path), TypeError);
        assertThrows(() => socket.connect(path), TypeError);
        if (path === undefined) continue;
        await rejection(socket.send("x", { path }), TypeError);
        assertThrows(() => socket.send("x", { path }, () => {}), TypeError);
      }
      for (const path of ["", "a\0b"]) {
        assertThrows(() => socket.bind(path), TypeError);
        await rejection(socket.send("x", { path }), TypeError);
      }
    }));

  it("bind() and send() accept abstract names and paths as bytes", () =>
    withoutLeaks(async (sockets) => {
      const name = `\0${crypto.randomUUID()}`;
      const bytes = Buffer.concat([Buffer.from(sockets.path()), Buffer.from([0xff])]);
      for (const path of [name, bytes]) {
        const server = sockets.create().bind(path);
        const client = sockets.create().bind(`\0${crypto.randomUUID()}`);
        await client.send("hello", { path });
        const datagram = await server.receive();
        assertEquals([String(datagram.data), datagram.path], ["hello", client.address().path]);
        assert(datagram.path?.startsWith("\0"));
      }
      assertEquals(sockets.create().address(), { path: null });
    }));

  it("send() to the bytes of the sender's path is a reply, even if they aren't UTF-8", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound();
      const names = [
        Buffer.concat([Buffer.from(sockets.path()), Buffer.from([0xff])]),
        Buffer.concat([Buffer.from(sockets.path()), Buffer.from([0xfe])]),
        Buffer.concat([Buffer.from(`\0${crypto.randomUUID()}\0`), Buffer.from([0xff])]),
        Buffer.from(sockets.path()),
      ];
      for (const name of names) {
        const client = sockets.create().bind(name);
        await client.send("question", { path });
        const { pathBytes } = await server.receive();
        assert(Buffer.from(pathBytes!).equals(name));
        await server.send("answer", { path: pathBytes! });
        assertEquals(String((await client.receive()).data), "answer");
      }
    }));

  it("send() doesn't confuse receivers whose paths have the same text", () =>
    withoutLeaks(async (sockets) => {
      const common = Buffer.from(sockets.path());
      const [busy, free] = [0xff, 0xfe].map((last) => Buffer.concat([common, Buffer.from([last])]));
      const [, server] = [busy!, free!].map((path) => sockets.create().bind(path));
      const client = sockets.create();
      fill(client, busy);
      const waiting = rejection(client.send("x", { path: busy! }), UnixDgramError);
      let code: number | undefined;
      client.send("hello", { path: free! }, (error) => code = error?.code);
      assertEquals(code, undefined);
      assertEquals(String((await server!.receive()).data), "hello");
      client.close();
      await waiting;
    }));

  it("bind() fails the second time, and connect() may be repeated", () =>
    withoutLeaks(async (sockets) => {
      const [socket] = sockets.bound();
      assertThrows(() => socket.bind(sockets.path()), UnixDgramError, "bind -22: EINVAL");
      const client = sockets.create();
      for (let n = 0; n < 2; n++) {
        const [server, path] = sockets.bound();
        await client.connect(path).send("x");
        await server.receive();
      }
    }));
});

describe("arguments", () => {
  it("send() rejects wrong data with a TypeError, or throws it", () =>
    withoutLeaks(async (sockets) => {
      const [, client, path] = sockets.pair();
      for (const data of [undefined, null, 7, {}, [1], new ArrayBuffer(1)] as Anything[]) {
        await rejection(client.send(data), TypeError, "string or an ArrayBufferView");
        assertThrows(() => client.send(data, () => {}), TypeError);
        assertThrows(() => client.send(data, 0, 1, path, () => {}), TypeError);
      }
    }));

  it("send() rejects a wrong offset and length with a RangeError, or throws it", () =>
    withoutLeaks(async (sockets) => {
      const [, client, path] = sockets.pair();
      const data = Buffer.alloc(4);
      for (const [offset, length] of [[-1, 1], [0, 5], [5, 0], [4, 1], [0.5, 1], [NaN, 1]]) {
        assertThrows(() => client.send(data, offset!, length!, path, () => {}), RangeError);
        await rejection(Promise.resolve(client.send(data, offset!, length!, path)), RangeError);
      }
      client.send(data, 4, 0, path, (error) => assertEquals(error, undefined));
    }));

  it("new UnixDgramSocket() throws for wrong options", () =>
    withoutLeaks(() => {
      for (const value of [-1, 1.5, NaN, 254]) {
        assertThrows(() => new UnixDgramSocket({ maxFds: value }), RangeError, "maxFds");
      }
      for (const name of ["maxFds", "maxQueued", "sendBufferSize", "recvBufferSize"]) {
        assertThrows(() => new UnixDgramSocket({ [name]: "1" }), TypeError, name);
        assertThrows(() => new UnixDgramSocket({ [name]: -1 }), RangeError, name);
        assertThrows(() => new UnixDgramSocket({ [name]: Infinity }), RangeError, name);
      }
      for (const options of [null, 7, "path"] as Anything[]) {
        assertThrows(
          () => new UnixDgramSocket(options),
          TypeError,
          "The options must be an object",
        );
      }
      for (const signal of [{}, "abort", new AbortController()] as Anything[]) {
        assertThrows(() => new UnixDgramSocket({ signal }), TypeError, "AbortSignal");
      }
      assertThrows(() => new UnixDgramSocket({ signal: AbortSignal.abort() }), DOMException);
    }));

  it("send(), receive() and messages() reject wrong options, which change nothing", () =>
    withoutLeaks(async (sockets) => {
      const [server, path] = sockets.bound();
      const client = sockets.create();
      const count = fill(client, path);
      for (const signal of [{}, "abort", new AbortController()] as Anything[]) {
        await rejection(client.send("x", { path, signal }), TypeError, "AbortSignal");
        await rejection(server.receive({ signal }), TypeError, "AbortSignal");
        await rejection(server.messages({ signal }).next(), TypeError, "AbortSignal");
      }
      for (const options of [true, path] as Anything[]) {
        await rejection(client.send("x", options), TypeError, "The options must be an object");
      }
      await receiveAll(server, count);
      let code: number | undefined;
      client.send("x", { path }, (error) => code = error?.code);
      assertEquals(code, undefined);
    }));

  it("new UnixDgramSocket() throws if no descriptor is left", () =>
    withoutLeaks(() => {
      using _fault = failingIn(osLibc(), "socket", EMFILE, -1);
      const error = assertThrows(() => createSocket("unix_dgram"), UnixDgramError);
      assertEquals([error.code, error.syscall], [-24, "socket"]);
    }));
});

describe("failures", () => {
  it("a listener's error is an uncaught error, and later datagrams arrive", async () => {
    const program = "../../packages/unix-dgram/tests/programs/throwing_listener";
    const { output, ...ending } = await run(program);
    assertEquals(output.trim().split("\n").sort(), ["received 2", "uncaught: 0", "uncaught: 1"]);
    assertEquals(ending, { code: 0, signal: null });
  });

  it("an unhandled rejection of send() ends the process, unless there is a listener", async () => {
    const program = "../../packages/unix-dgram/tests/programs/failing_send";
    for (const [mode, isFatal] of [["unhandled", true], ["listener", false]] as const) {
      const { output, code } = await run(program, { args: [mode] });
      assertEquals(code !== 0, isFatal, output);
      assert(output.includes("ECONNREFUSED"), output);
    }
  });

  it("error reports that the connected peer has discarded datagrams", () =>
    withoutLeaks(async (sockets) => {
      const [server, client] = sockets.pair();
      const own = sockets.path();
      client.bind(own).on("message", () => {});
      server.connect(own);
      const errors: UnixDgramError[] = [];
      client.on("error", (error) => errors.push(error));
      await client.send("unread");
      server.connect(sockets.bound()[1]);
      await until(() => errors.length > 0, () => new Error("No error"));
      assertEquals(errors.map(({ code, syscall }) => [code, syscall]), [[-104, "recv"]]);
    }));

  it("close() leaves a number alone that other code has closed and reused", () =>
    withoutLeaks((sockets) => {
      for (const closeBehind of [close, closeFd, (fd: number) => void libc().close(fd)]) {
        const socket = new UnixDgramSocket();
        const { fd } = socket;
        const [stranger] = sockets.fds.pipe();
        closeBehind(fd);
        sockets.fds.reuse(fd, stranger);
        assertThrows(() => socket.close(), UnixDgramError, "close -9");
        assertEquals(isOpen(fd), true);
      }
    }));

  it("error reports a descriptor that other code has closed", () =>
    withoutLeaks(async () => {
      for (const closeBehind of [close, closeFd]) {
        const socket = new UnixDgramSocket();
        closeBehind(socket.fd);
        const codes: number[] = [];
        socket.on("error", ({ code }) => codes.push(code));
        socket.on("message", () => {});
        await until(() => codes.length > 0, () => new Error("No error"));
        assertEquals(codes, [-9]);
        assertThrows(() => socket.close(), UnixDgramError, "close -9");
      }
    }));
});

/** Root may do anything, so another user has to try it. */
describe("permissions", () => {
  it("send() fails with EACCES without write permission", () =>
    withoutLeaks((sockets) => {
      if (process.getuid?.() !== 0) return;
      const [, path] = sockets.bound();
      const socket = sockets.create();
      chmodSync(path, 0o600);
      chmodSync(path.slice(0, path.lastIndexOf("/")), 0o755);
      let code: number | undefined;
      try {
        process.seteuid?.(65534);
        socket.send("x", { path }, (error) => code = error?.code);
      } finally {
        process.seteuid?.(0);
      }
      assertEquals(code, -13);
    }));
});
