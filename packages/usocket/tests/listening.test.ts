/** When events come, to whom they come, and what a listener's error does. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ENOSPC } from "../../../tests/support/errnos.ts";
import { failing } from "../../../tests/support/faults.ts";
import { run } from "../../../tests/support/programs.ts";
import { until } from "../../../tests/support/turns.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { UServer, USocket } from "../mod.ts";
import { withoutLeaks } from "./support/sockets.ts";

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
              const made = await Promise.resolve(make());
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
});
