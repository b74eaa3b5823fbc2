/** UServer: listening, accepting, pausing, and paths in use. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { UServer, USocket } from "../mod.ts";
import { ended, readBoth, type Sockets, withoutLeaks } from "./support/sockets.ts";

/** Connects to the server, and returns its greeting. */
async function greet(sockets: Sockets, server: UServer, path: string): Promise<string> {
  const connecting = once(server, "connection");
  const client = sockets.own(new USocket(path));
  const [connection] = await connecting;
  sockets.own(connection).end("hello");
  return (await readBoth(client, 5, 0)).data;
}

describe("UServer", () => {
  it("listen() accepts a path or an abstract name, in all forms of npm's package", () =>
    withoutLeaks(async (sockets) => {
      using folder = new TemporaryFolder();
      const paths = [`${folder.path}/one`, `${folder.path}/two`, `${folder.path}/three`, "four"]
        .map((path) => path.startsWith("/") ? path : `\0${path}-${crypto.randomUUID()}`);
      const ways: ((server: UServer, path: string, listening: () => void) => void)[] = [
        (server, path, listening) => server.listen(path, listening),
        (server, path, listening) => server.listen(path, 5, listening),
        (server, path, listening) => server.listen({ path, backlog: 5 }, listening),
        (server, path, listening) => server.listen({ path }, 0, listening),
      ];
      for (const [index, listen] of ways.entries()) {
        const server = sockets.own(new UServer());
        await new Promise<void>((resolve) => listen(server, paths[index]!, resolve));
        assert(server.listening && server.fd !== undefined);
        assertEquals(await greet(sockets, server, paths[index]!), "hello");
        server.close();
        assert(!server.listening && server.fd === undefined);
      }
    }));

  it("a connection is closed if there is no listener for it", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer()).listen(path);
      for (let n = 0; n < 3; n++) {
        const client = sockets.own(new USocket({ path, allowHalfOpen: false }));
        client.resume();
        await ended(client);
      }
      assertEquals(await greet(sockets, server, path), "hello");
    }));

  it("pause() stops accepting connections", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      let accepted = 0;
      server.on("connection", (connection) => {
        accepted++;
        sockets.own(connection);
        server.pause();
      });
      server.listen(path);
      for (let n = 0; n < 3; n++) sockets.own(new USocket({ path }));
      while (accepted < 1) await new Promise(setImmediate);
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      assertEquals([accepted, server.paused], [1, true]);
      for (const expected of [2, 3]) {
        server.resume();
        while (accepted < expected) await new Promise(setImmediate);
        assertEquals(accepted, expected);
      }
    }));

  it("listen() replaces a stale socket file, and nothing else", () =>
    withoutLeaks(async (sockets) => {
      using folder = new TemporaryFolder();
      const path = `${folder.path}/socket`;
      const first = sockets.own(new UServer());
      await once(first.listen(path), "listening");

      const second = sockets.own(new UServer());
      const [taken] = await once(second.listen(path), "error");
      assertEquals(taken.code, "EADDRINUSE");
      assertEquals(await greet(sockets, first, path), "hello");

      first.close();
      assert(existsSync(path));
      await once(second.listen(path), "listening");
      assertEquals(await greet(sockets, second, path), "hello");

      const file = `${folder.path}/file`;
      writeFileSync(file, "");
      const [refused] = await once(sockets.own(new UServer()).listen(file), "error");
      assertEquals(refused.code, "EADDRINUSE");
      assert(existsSync(file));
    }));

  it("listen() throws for wrong arguments, and emits system errors", () =>
    withoutLeaks(async (sockets) => {
      const server = sockets.own(new UServer());
      assertThrows(() => server.listen({ path: 7 as unknown as string }), TypeError, "7");
      assertThrows(() => server.listen("/x", "y" as unknown as number), TypeError, "'y'");
      const called: string[] = [];
      const failed = server.listen("/nonexistent/socket", () => called.push("first"));
      const [error] = await once(failed, "error");
      assertStringIncludes(String(error), "ENOENT");
      await once(
        server.listen(`\0${crypto.randomUUID()}`, () => called.push("second")),
        "listening",
      );
      assertEquals(called, ["second"]);
      assertThrows(() => server.listen("/x"), Error, "is listening already");
      server.close();
      server.close();
    }));

  it("close() calls back and emits close, or calls back with an error", () =>
    withoutLeaks(async () => {
      const server = new UServer();
      server.listen(`\0${crypto.randomUUID()}`);
      const calls: unknown[] = [];
      server.on("close", () => calls.push("event"));
      assertEquals(server.close((error) => calls.push(error)), server);
      assertEquals(calls, []);
      const again = new Promise<unknown>((resolve) => server.close(resolve));
      assertStringIncludes(String(await again), "isn't listening");
      assertEquals(calls, [undefined, "event"]);
    }));

  it("close() leaves connections open", () =>
    withoutLeaks(async (sockets) => {
      using server = new UServer();
      const path = `\0${crypto.randomUUID()}`;
      server.listen(path);
      const client = sockets.own(new USocket(path));
      const [connection] = await once(server, "connection");
      server.close();
      connection.end("still here");
      connection.resume();
      assertEquals((await readBoth(client, 10, 0)).data, "still here");
      client.end();
      client.resume();
      await Promise.all([ended(client), ended(connection)]);
    }));
});
