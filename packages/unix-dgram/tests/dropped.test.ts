/** Sockets that the program drops without closing them. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { libc } from "../../../src/ffi/libc.ts";
import { turn, until } from "../../../tests/support/event_loop.ts";
import { collected, collectGarbage } from "../../../tests/support/garbage.ts";
import { isOpen } from "../../../tests/support/libc.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { UnixDgramError, type UnixDgramOptions } from "../mod.ts";
import { type Sockets, UnixDgramSocket, withoutLeaks } from "./support/sockets.ts";

type Create = (options?: UnixDgramOptions) => UnixDgramSocket;

/** What programs do with a socket before they drop it. */
const uses: Record<string, (create: Create, sockets: Sockets) => unknown> = {
  "is new": (create) => create(),
  "is unref'd": (create) => create().unref(),
  "is connected": (create, sockets) => create().connect(sockets.bound()[1]),
  "has a signal that is still used": (create, { signal }) => create({ signal }),
  "is referenced by its own idle listener": (create) => {
    const socket = create();
    socket.on("error", () => socket.close());
  },
  "had a listener for datagrams": (create) => {
    const socket = create();
    socket.on("message", () => socket.close()).removeAllListeners("message");
  },
  "could not be bound": (create) => {
    const socket = create();
    socket.on("error", () => {});
    socket.bind("/nonexistent/socket");
  },
  "has sent": async (create, sockets) => {
    const [server, path] = sockets.bound();
    await create().send("x", { path });
    await server.receive();
  },
  "has been iterated": async (create) => {
    const messages = create().messages();
    messages.next();
    await messages.return!();
  },
  "has aborted a call": async (create) => {
    const controller = new AbortController();
    const receiving = create().receive(controller);
    controller.abort();
    await receiving.catch(() => {});
  },
};

/** A socket that the test doesn't keep. */
type Dropped = readonly [fd: number, socket: WeakRef<UnixDgramSocket>];

function dropping(socket: UnixDgramSocket): Dropped {
  return [socket.fd, new WeakRef(socket)];
}

function countOpen(sockets: readonly Dropped[]): number {
  return sockets.filter(([fd]) => isOpen(fd)).length;
}

/** Resolves when the garbage collector has closed all but two, and closes these. */
async function closed(sockets: readonly Dropped[]): Promise<void> {
  // References to the last ones may still be on the stack.
  await collected(() => countOpen(sockets) <= 2);
  for (const [, socket] of sockets) socket.deref()?.close();
}

describe("a dropped socket", () => {
  for (const [name, use] of Object.entries(uses)) {
    it(`is closed if it ${name}`, () =>
      withoutLeaks(async (sockets) => {
        const dropped: Dropped[] = [];
        const create: Create = (options) => {
          const socket = new UnixDgramSocket(options);
          dropped.push(dropping(socket));
          return socket;
        };
        for (let n = 0; n < 20; n++) await use(create, sockets);
        assertEquals(countOpen(dropped), 20);
        await closed(dropped);
      }));
  }

  it("leaves a number alone that other code has closed and reused", () =>
    withoutLeaks(async (sockets) => {
      const dropped = Array.from({ length: 10 }, () => {
        const { fd } = new UnixDgramSocket();
        const [stranger] = sockets.fds.pipe();
        libc().close(fd);
        sockets.fds.reuse(fd, stranger);
        return fd;
      });
      const others = Array.from({ length: 10 }, () => dropping(new UnixDgramSocket()));
      await closed(others);
      assertEquals(dropped.filter((fd) => !isOpen(fd)), []);
    }));
});

describe("an unreachable socket that is bound", () => {
  it("stays open until its signal aborts", () =>
    withoutLeaks(async (sockets) => {
      const path = sockets.path();
      const controller = new AbortController();
      (() => new UnixDgramSocket({ signal: controller.signal }).bind(path))();
      const client = sockets.create();
      for (let round = 0; round < 10; round++) {
        collectGarbage();
        await turn();
      }
      await client.send("x", { path });
      controller.abort();
      await rejection(client.send("x", { path }), UnixDgramError, "ECONNREFUSED");
    }));
});

describe("an unreachable socket that waits", () => {
  it("stays open until its datagrams are received and sent", () =>
    withoutLeaks(async (sockets) => {
      const [path, busy] = [sockets.path(), sockets.path()];
      const [server, other] = [sockets.create().bind(path), sockets.create().bind(busy)];
      const own = sockets.path();
      const texts: string[] = [];
      (() => {
        const socket = new UnixDgramSocket().bind(own).connect(path).unref();
        socket.on("message", (data) => {
          texts.push(String(data));
          socket.close();
        });
      })();
      const [sent, dropped] = (() => {
        const socket = new UnixDgramSocket();
        let isBusy = false;
        while (!isBusy) socket.send("x", { path: busy }, (error) => isBusy = error !== undefined);
        return [socket.send("last", { path: busy }), new WeakRef(socket)] as const;
      })();
      for (let round = 0; round < 10; round++) {
        collectGarbage();
        await turn();
      }
      server.connect(own);
      await server.send("hello");
      await until(() => texts.length > 0, () => new Error("Nothing was received"));
      assertEquals(texts, ["hello"]);
      let received = "";
      while (received !== "last") received = String((await other.receive()).data);
      await sent;
      dropped.deref()?.close();
    }));
});
