/** The AsyncLocalStorage contexts of callbacks and events. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { sendmsg } from "@fdready/fdready/os";
import { osLibc } from "../../../src/ffi/libc.ts";
import { ETOOMANYREFS } from "../../../tests/support/errnos.ts";
import { until } from "../../../tests/support/event_loop.ts";
import { failingIn } from "../../../tests/support/faults.ts";
import { UServer, USocket } from "../mod.ts";
import { closing, readBoth, readUntilSome, withoutLeaks } from "./support/sockets.ts";

const context = new AsyncLocalStorage<string>();

/** Lets `socket` write in the context `name`. Resolves to the context of its callback. */
function write(name: string, socket: USocket, data: string | Buffer, fds: number[] = []) {
  return new Promise<string | undefined>((resolve) => {
    const callback = () => resolve(context.getStore());
    context.run(
      name,
      () => socket.write(data.length > 0 ? { data, fds, callback } : fds, callback),
    );
  });
}

describe("contexts", () => {
  it("write() calls back in the context of its call, whoever sends the rest", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = sockets.pair();
      const [fd] = sockets.file();
      await once(near, "connected");
      const contexts = [
        write("full", near, Buffer.alloc(1 << 20)),
        write("queued", near, "x"),
        write("fds only", near, "", [fd]),
        write("last", near, "y"),
      ];
      const { length } = (await context.run("reader", () => readBoth(far, (1 << 20) + 1, 0))).data;
      assertEquals(length, (1 << 20) + 1);
      closing((await readBoth(far, 1, 1)).fds);
      assertEquals(await Promise.all(contexts), ["full", "queued", "fds only", "last"]);
    }));

  it("events after a delayed attempt don't run in a writer's context", () =>
    withoutLeaks(async (sockets) => {
      const [near, far] = context.run("creator", () => sockets.pair({ writableHighWaterMark: 1 }));
      await once(near, "connected");
      const [fd] = sockets.file();
      let failures = 1;
      using _fault = failingIn(osLibc(), "sendmsg", ETOOMANYREFS, -1, () => failures-- > 0);
      const contexts: unknown[] = [];
      near.on("drain", () => contexts.push(context.getStore()));
      assertEquals(await write("writer", near, "x", [fd]), "writer");
      closing((await readBoth(far, 1, 1)).fds);
      await until(() => contexts.length > 0, () => new Error("No drain"));
      assertEquals(contexts, ["creator"]);
    }));

  it("events run in the context that created the socket", () =>
    withoutLeaks(async (sockets) => {
      const [near, peer] = context.run("creator", () => sockets.half());
      const [fd] = sockets.file();
      const contexts: string[] = [];
      const note = (event: string) => () => contexts.push(`${event}: ${context.getStore()}`);
      for (const event of ["connected", "fds"]) near.on(event, note(event));
      await once(near, "connected");
      // Neither the sender nor a reader that asks for more may provide the context.
      for (let n = 0; n < 2; n++) {
        context.run("sender", () => sendmsg(peer, { data: Buffer.from("xx") }));
        context.run("sender", () => sendmsg(peer, { data: Buffer.from("yy"), fds: [fd] }));
        const read = () => context.run("reader", () => near.read(4, 1));
        closing((await readUntilSome(near, read)).fds);
      }
      near.once("end", note("end"));
      near.resume();
      sockets.fds.close(peer);
      await once(near, "end");
      const expected = ["connected", "fds", "fds", "end"].map((event) => `${event}: creator`);
      assertEquals(contexts, expected);
    }));

  it("UServer emits connection in the context of listen()", () =>
    withoutLeaks(async (sockets) => {
      const path = `\0${crypto.randomUUID()}`;
      const server = sockets.own(new UServer());
      const contexts: unknown[] = [];
      server.on("connection", (connection) => {
        contexts.push(context.getStore());
        sockets.own(connection);
      });
      context.run("listen", () => server.listen(path));
      await once(server, "listening");
      for (let n = 0; n < 2; n++) {
        const client = context.run("client", () => sockets.own(new USocket(path)));
        await once(client, "connected");
      }
      await until(() => contexts.length === 2, () => new Error(`Accepted ${contexts.length}`));
      assertEquals(contexts, ["listen", "listen"]);
    }));
});
