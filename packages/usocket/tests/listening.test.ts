/** When events come, to whom they come, and what a listener's error does. */

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

/** Where code runs that makes sockets: what is queued in a timer's callback comes before promises. */
const places: Record<string, () => Promise<void>> = {
  "a microtask": () => Promise.resolve(),
  "a timer": () => new Promise((resolve) => setTimeout(resolve, 1)),
};

describe("a caller who gets it by an await", () => {
  for (const [place, reach] of Object.entries(places)) {
    it(`hears its first event, in ${place}`, () =>
      withoutLeaks(async (sockets) => {
        const path = `\0${crypto.randomUUID()}`;
        const free = `\0${crypto.randomUUID()}`;
        const server = sockets.own(new UServer());
        server.on("connection", (connection) => sockets.own(connection));
        const makers: [event: string, make: () => UServer | USocket][] = [
          ["listening", () => server.listen(path)],
          ["error", () => sockets.own(new UServer()).listen(path)],
          ["connected", () => sockets.own(new USocket(path))],
          ["connected", () => sockets.half()[0]],
          ["error", () => sockets.own(new USocket(free))],
        ];
        for (const [event, make] of makers) {
          await reach();
          const heard = new Promise<void>((resolve) => {
            setTimeout(async () => {
              const made: EventEmitter = await Promise.resolve(make());
              made.once(event, () => resolve());
            });
          });
          await heard;
        }
      }));
  }

  it("hears that it is connected before what the peer has sent", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const heard: string[] = [];
      for (const event of ["data", "connected", "end"]) other.on(event, () => heard.push(event));
      one.end("early");
      await until(() => heard.length === 3, () => new Error(`Heard ${heard}`));
      assertEquals(heard, ["connected", "data", "end"]);
    }));
});

describe("events", () => {
  it("begin with the connection, whatever was written before", () =>
    withoutLeaks(async (sockets) => {
      const [one, other] = sockets.pair();
      const heard: string[] = [];
      for (const event of ["connected", "finish", "close"]) one.on(event, () => heard.push(event));
      one.write("x", () => heard.push("written"));
      one.end("bye", () => one.destroy());
      other.resume();
      await ended(one);
      assertEquals(heard, ["connected", "written", "finish", "close"]);
    }));

  it("begin with the connection, though what is there is asked for before", () =>
    withoutLeaks(async (sockets) => {
      const [one, peer] = sockets.half();
      const [fd] = sockets.file();
      sendmsg(peer, { data: new TextEncoder().encode(" world"), fds: [fd] });
      const heard: string[] = [];
      for (const event of ["connected", "fds"]) one.on(event, () => heard.push(event));
      one.pause();
      one.unshift("hello");
      one.read(11);
      one.resume();
      await until(() => heard.includes("fds"), () => new Error(`Heard ${heard}`));
      assertEquals(heard, ["connected", "fds"]);
      one.destroy();
    }));

  it("of a server begin with listening, once for each time that it listens", () =>
    withoutLeaks(async (sockets) => {
      const heard: string[] = [];
      const server = sockets.own(new UServer());
      server.on("connection", (connection) => {
        heard.push("connection");
        connection.destroy();
        server.close();
      });
      for (const event of ["listening", "close"]) server.on(event, () => heard.push(event));
      server.listen(`\0${crypto.randomUUID()}`);
      server.close();
      const path = `\0${crypto.randomUUID()}`;
      server.listen(path);
      sockets.own(new USocket(path)).on("error", () => {}).resume();
      await until(() => heard.length === 4, () => new Error(`Heard ${heard}`));
      assertEquals(heard, ["close", "listening", "connection", "close"]);
    }));
});

describe("a server that can't take a connection over", () => {
  it("pauses, says why, and closes the connection", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      const heard: unknown[] = [];
      server.on("error", (error) => heard.push(error.code));
      server.on("connection", (connection) => {
        heard.push("connection");
        sockets.own(connection).resume();
      });
      server.listen(path);
      await new Promise(setImmediate);
      const clients = [new USocket(path), new USocket(path)];
      for (const client of clients) sockets.own(client).on("error", () => {}).resume();
      {
        using _full = failing("epoll_ctl", ENOSPC, (_epoll, call) => call === EPOLL_CTL_ADD);
        await until(() => heard.length > 0, () => new Error("nothing was heard"));
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        assertEquals([heard, server.paused], [["ENOSPC"], true]);
      }
      server.resume();
      await until(() => heard.length > 1, () => new Error("the other isn't accepted"));
      assertEquals(heard, ["ENOSPC", "connection"]);
    }));
});

describe("a listener that throws", () => {
  it("throws an uncaught error, and the socket goes on", async () => {
    const { output, ...ending } = await run("usocket_throwing_listeners");
    assertEquals(output, "uncaught: data\nuncaught: fds\nreceived 2\n");
    assertEquals(ending, { code: 0, signal: null });
  });

  it("throws an uncaught error, and its message's and other callbacks are as they would be", async () => {
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

describe("servers that start at once where one has left its socket", () => {
  it("listen one at a time", async () => {
    using folder = new TemporaryFolder();
    const { output, ...ending } = await run("usocket_racing_servers", {
      args: [`${folder.path}/socket`],
    });
    assertEquals(ending, { code: 0, signal: null }, output);
    assertEquals(output, "100 rounds, one listened in each\n");
  });

  it("all listen, if each has left one of its own, even in a folder that is locked", async () => {
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
