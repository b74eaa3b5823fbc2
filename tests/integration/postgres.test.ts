/** PostgreSQL through libpq, with a real server. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { afterAll, beforeAll, it } from "@std/testing/bdd";
import { Connection, type Notification, PostgresError } from "../../examples/postgres.ts";
import { BusyResourceError, ClosedResourceError } from "../../mod.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { describeIfInstalled, missingLibrary } from "../support/prerequisites.ts";
import { missingServer, PostgresServer } from "../support/postgres_server.ts";
import { outcome, printed, start } from "../support/programs.ts";
import { TurnCounter } from "../support/event_loop.ts";

const missing = [...missingServer(), ...missingLibrary("libpq.so.5", "libpq5")];

describeIfInstalled("Connection (PostgreSQL)", missing, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("query() runs queries one after the other", async () => {
    using connection = await Connection.open(server.conninfo);
    assertEquals(
      await connection.query("SELECT 'grüße' AS text, NULL AS nothing, '' AS empty, 6 * 7 AS n"),
      [{ text: "grüße", nothing: null, empty: "", n: "42" }],
    );
    assertEquals(await connection.query("CREATE TEMPORARY TABLE t (n int)"), []);
    assertEquals(await connection.query(""), []);
    assertEquals(
      await connection.query("INSERT INTO t VALUES (1), (2); SELECT n FROM t ORDER BY n DESC"),
      [{ n: "2" }, { n: "1" }],
    );
  });

  it("query() waits for a large query and a large result", async () => {
    using connection = await Connection.open(server.conninfo);
    using turns = new TurnCounter();
    const text = "0123456789".repeat(1_000_000);
    const [row] = await connection.query(`SELECT '${text}' AS back`);
    assert(row?.back === text, "ten megabytes came back changed");
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("query() rejects on an error from the server, and the connection remains usable", async () => {
    using connection = await Connection.open(server.conninfo);
    await assertRejects(() => connection.query("SELECT 1 FROM nowhere"), PostgresError, "nowhere");
    await assertRejects(() => connection.query("SELECT 1; SELECT 1 / 0"), PostgresError, "zero");
    assertEquals(await connection.query("SELECT 1 AS n"), [{ n: "1" }]);
    await assertRejects(() => connection.query("COPY (SELECT 1) TO STDOUT"), PostgresError, "COPY");
    await assertRejects(() => connection.query("SELECT 1"), ClosedResourceError);
  });

  it("open() rejects with the reason, and leaves nothing open", async () => {
    (await Connection.open(server.conninfo)).close();
    const before = countFds();
    const wrong = [
      [`${server.conninfo} user=nobody`, "nobody"],
      ["host=/nonexistent", "No such file"],
      ["nonsense", "nonsense"],
    ] as const;
    for (const [conninfo, words] of wrong) {
      await assertRejects(() => Connection.open(conninfo), PostgresError, words);
    }
    const signal = AbortSignal.abort(new Error("on second thoughts"));
    const opening = () => Connection.open(server.conninfo, { signal });
    await assertRejects(opening, Error, "on second thoughts");
    await noMoreFdsThan(before);
  });

  it("notifications() yields 1,000 notifications, and the event loop isn't blocked", async () => {
    using listening = await Connection.open(server.conninfo);
    using speaking = await Connection.open(server.conninfo);
    await listening.query("LISTEN news; LISTEN other");
    using turns = new TurnCounter();
    const speak = async () => {
      for (let n = 0; n < 1000; n++) {
        await speaking.query(`SELECT pg_notify('${n % 10 === 0 ? "other" : "news"}', '${n}')`);
      }
    };
    const heard: Notification[] = [];
    const listen = async () => {
      for await (const notification of listening.notifications()) {
        if (heard.push(notification) === 1000) break;
      }
    };
    await Promise.all([speak(), listen()]);
    assertEquals(heard.map(({ payload }) => Number(payload)), Array.from({ length: 1000 }, count));
    assertEquals(heard.filter(({ channel }) => channel === "other").length, 100);
    const [row] = await speaking.query("SELECT pg_backend_pid() AS pid");
    assert(heard.every(({ sender }) => sender === Number(row?.pid)));
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("notifications() yields notifications that came during a query", async () => {
    using connection = await Connection.open(server.conninfo);
    await connection.query("LISTEN self; NOTIFY self, 'one'");
    await connection.query("NOTIFY self, 'two'");
    const notifications = connection.notifications();
    assertEquals((await notifications.next()).value.payload, "one");
    assertEquals((await notifications.next()).value.payload, "two");
  });

  it("query() rejects while another call is pending", async () => {
    using connection = await Connection.open(server.conninfo);
    using other = await Connection.open(server.conninfo);
    await connection.query("LISTEN turn");
    const waiting = connection.notifications().next();
    await assertRejects(() => connection.query("SELECT 1"), BusyResourceError);
    await other.query("NOTIFY turn, 'yours'");
    assertEquals((await waiting).value.payload, "yours");
    assertEquals(await connection.query("SELECT 1 AS n"), [{ n: "1" }]);
  });

  it("pending calls reject on an abort, a close, and the server's end", async () => {
    using other = await Connection.open(server.conninfo);
    const before = countFds();
    {
      using connection = await Connection.open(server.conninfo);
      const controller = new AbortController();
      const sleeping = connection.query("SELECT pg_sleep(60)", controller);
      controller.abort(new Error("enough"));
      await assertRejects(() => sleeping, Error, "enough");
    }
    {
      using connection = await Connection.open(server.conninfo);
      const sleeping = connection.query("SELECT pg_sleep(60)");
      const rejected = assertRejects(() => sleeping, ClosedResourceError);
      connection.close();
      connection.close();
      await rejected;
      await assertRejects(() => connection.query("SELECT 1"), ClosedResourceError);
    }
    {
      using connection = await Connection.open(server.conninfo);
      const [row] = await connection.query("SELECT pg_backend_pid() AS pid");
      const waiting = connection.notifications().next();
      const rejected = assertRejects(() => waiting, PostgresError, "server closed");
      await other.query(`SELECT pg_terminate_backend(${row?.pid})`);
      await rejected;
      await assertRejects(() => connection.query("SELECT 1"), PostgresError);
    }
    await noMoreFdsThan(before);
  });

  it("the program prints notifications, with only --allow-ffi", async () => {
    using connection = await Connection.open(server.conninfo);
    const args = [server.conninfo, 'a "channel"'];
    const child = start("../../examples/postgres", { args, permissions: ["--allow-ffi"] });
    const ended = outcome(child);
    await printed(child, "listening");
    const heard = printed(child, "says hello");
    await connection.query(`NOTIFY "a ""channel""", 'hello'`);
    await heard;
    child.kill("SIGTERM");
    assertMatch(
      (await ended).output,
      /^PostgreSQL \d.*, listening to a "channel"\n\d+ says hello\n$/,
    );
  });
});

function count(_: unknown, index: number): number {
  return index;
}
