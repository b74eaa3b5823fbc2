/** The order of events, and listeners that throw. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { EventEmitter } from "node:events";
import { close, flock, LOCK_EX, LOCK_NB, O_RDONLY, open, sendmsg } from "@fdready/fdready/os";
import { ENOSPC } from "../../../tests/support/errnos.ts";
import { failing } from "../../../tests/support/faults.ts";
import { run } from "../../../tests/support/programs.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { UServer, USocket } from "../mod.ts";
import { ended, withoutLeaks } from "./support/sockets.ts";

const EPOLL_CTL_ADD = 1;

/** The places where sockets are created. A timer's own microtasks run before its promises. */
const places: Record<string, () => Promise<void>> = {
  "a microtask": () => Promise.resolve(),
  "a timer": () => new Promise((resolve) => setTimeout(resolve, 1)),
};

describe("a caller that awaits the socket", () => {
  for (const [place, reach] of Object.entries(places)) {
    it(`USocket and UServer emit their first event afterwards, in ${place}`, () =>
      withoutLeaks(async (sockets) => {
        const path = `\0${crypto.randomUUID()}`;
        const free = `\0${crypto.randomUUID()}`;
        const server = sockets.own(new UServer());
        server.on("connection", (connection) => sockets.own(connection));
        const factories: [event: string, create: () => UServer | USocket][] = [
          ["listening", () => server.listen(path)],
          ["error", () => sockets.own(new UServer()).listen(path)],
          ["connected", () => sockets.own(new USocket(path))],
          ["connected", () => sockets.half()[0]],
          ["error", () => sockets.own(new USocket(free))],
        ];
        for (const [event, create] of factories) {
          await reach();
          await new Promise<void>((resolve) => {
            setTimeout(async () => {
              const emitter: EventEmitter = await Promise.resolve(create());
              emitter.once(event, () => resolve());
            });
          });
        }
      }));
  }

  it("connected comes before received data", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const events: string[] = [];
      for (const event of ["data", "connected", "end"]) far.on(event, () => events.push(event));
      near.end("early");
      await until(() => events.length === 3, () => new Error(`Events: ${events}`));
      assertEquals(events, ["connected", "data", "end"]);
    }));
});

describe("events", () => {
  it("connected comes before the callback of an earlier write()", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const events: string[] = [];
      for (const event of ["connected", "finish", "close"]) {
        near.on(event, () => events.push(event));
      }
      near.write("x", () => events.push("written"));
      near.end("bye", () => near.destroy());
      far.resume();
      await ended(near);
      assertEquals(events, ["connected", "written", "finish", "close"]);
    }));

  it("connected comes before fds after an earlier read()", () =>
    withoutLeaks(async (sockets) => {
      const [near, peer] = sockets.half();
      const [fd] = sockets.file();
      sendmsg(peer, { data: new TextEncoder().encode(" world"), fds: [fd] });
      const events: string[] = [];
      for (const event of ["connected", "fds"]) near.on(event, () => events.push(event));
      near.pause();
      near.unshift("hello");
      near.read(11);
      near.resume();
      await until(() => events.includes("fds"), () => new Error(`Events: ${events}`));
      assertEquals(events, ["connected", "fds"]);
      near.destroy();
    }));

  it("UServer emits listening first, once per listen()", () =>
    withoutLeaks(async (sockets) => {
      const events: string[] = [];
      const server = sockets.own(new UServer());
      server.on("connection", (connection) => {
        events.push("connection");
        connection.destroy();
        server.close();
      });
      for (const event of ["listening", "close"]) server.on(event, () => events.push(event));
      server.listen(`\0${crypto.randomUUID()}`);
      server.close();
      const path = `\0${crypto.randomUUID()}`;
      server.listen(path);
      sockets.own(new USocket(path)).on("error", () => {}).resume();
      await until(() => events.length === 4, () => new Error(`Events: ${events}`));
      assertEquals(events, ["close", "listening", "connection", "close"]);
    }));
});

describe("a server that fails to take over a connection", () => {
  it("UServer pauses, emits the error, and closes the connection", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      const events: unknown[] = [];
      server.on("error", (error) => events.push(error.code));
      server.on("connection", (connection) => {
        events.push("connection");
        sockets.own(connection).resume();
      });
      server.listen(path);
      await new Promise(setImmediate);
      const clients = [new USocket(path), new USocket(path)];
      for (const client of clients) sockets.own(client).on("error", () => {}).resume();
      {
        using _full = failing("epoll_ctl", ENOSPC, (_epoll, call) => call === EPOLL_CTL_ADD);
        await until(() => events.length > 0, () => new Error("no event"));
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        assertEquals([events, server.paused], [["ENOSPC"], true]);
      }
      server.resume();
      await until(() => events.length > 1, () => new Error("the other one isn't accepted"));
      assertEquals(events, ["ENOSPC", "connection"]);
    }));
});

describe("a throwing listener", () => {
  it("USocket continues after an uncaught error of a listener", async () => {
    const { output, ...ending } = await run("usocket_throwing_listeners");
    assertEquals(output, "uncaught: data\nuncaught: fds\nreceived 2\n");
    assertEquals(ending, { code: 0, signal: null });
  });

  it("USocket calls all callbacks after an uncaught error of a callback", async () => {
    const { output, ...ending } = await run("usocket_throwing_callbacks");
    assertEquals(
      output,
      [
        ...["at a retry", "full", "carried", "queued", "carried and sent"].map(
          (name) => `${name}: 1 uncaught, 0 errors`,
        ),
        "",
      ].join("\n"),
    );
    assertEquals(ending, { code: 0, signal: null });
  });
});

describe("servers that start at once with a stale socket file", () => {
  it("UServer.listen() lets one of them listen on the same path", async () => {
    using folder = new TemporaryFolder();
    const { output, ...ending } = await run("usocket_racing_servers", {
      args: [`${folder.path}/socket`],
    });
    assertEquals(ending, { code: 0, signal: null }, output);
    assertEquals(output, "100 rounds, one listened in each\n");
  });

  it("UServer.listen() lets all listen on different paths, even in a locked directory", async () => {
    using folder = new TemporaryFolder();
    const lock = open(folder.path, O_RDONLY);
    assertEquals(flock(lock, LOCK_EX | LOCK_NB), true);
    const { output, ...ending } = await run("usocket_racing_servers", {
      args: [`${folder.path}/one`, `${folder.path}/other`],
    });
    close(lock);
    assertEquals(ending, { code: 0, signal: null }, output);
    assertEquals(output, "100 rounds, both listened in each\n");
  });
});
