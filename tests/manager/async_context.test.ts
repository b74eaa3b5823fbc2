/** The async contexts of callbacks, as `AsyncLocalStorage` reports them. */

import { assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { describeForDrivers } from "../support/drivers.ts";
import { until } from "../support/event_loop.ts";
import { drain, poke } from "../support/fds.ts";

const storage = new AsyncLocalStorage<string>();

/** Resolves once `stores` has `count` items. */
function reached(stores: readonly unknown[], count: number): Promise<void> {
  return until(() => stores.length >= count, () => new Error(`${stores.length} calls`));
}

describeForDrivers("watch()", (it) => {
  it("calls the listener in its own context, whatever polls", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    const stores: unknown[] = [];
    using _watch = storage.run("own", () =>
      manager.watch(reader, { readable: true }, () => {
        drain(reader);
        stores.push(storage.getStore());
      }));
    for (let count = 1; count <= 20; count++) {
      await storage.run("other", async () => {
        const [other, otherWriter] = fds.pipe();
        const controller = new AbortController();
        const wait = manager.waitReadable(other, controller);
        poke(writer);
        poke(otherWriter);
        await wait;
        assertEquals(storage.getStore(), "other");
      });
      await reached(stores, count);
    }
    assertEquals(new Set(stores), new Set(["own"]));
  });

  it("calls the listener in no context if it was called in none", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    const stores: unknown[] = [];
    using _watch = manager.watch(reader, { readable: true }, () => {
      drain(reader);
      stores.push(storage.getStore());
    });
    await storage.run("other", async () => {
      const [other, otherWriter] = fds.pipe();
      const wait = manager.waitReadable(other);
      poke(writer);
      poke(otherWriter);
      await wait;
      await reached(stores, 1);
    });
    assertEquals(stores, [undefined]);
  });

  it("calls the listener in its own context when a timeout of another wait polls", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    const stores: unknown[] = [];
    using _watch = storage.run("own", () =>
      manager.watch(reader, { readable: true }, () => {
        drain(reader);
        stores.push(storage.getStore());
      }));
    await storage.run("other", async () => {
      const [other] = fds.pipe();
      const wait = manager.waitReady(other, { readable: true, timeout: 1 });
      poke(writer);
      await wait;
    });
    await reached(stores, 1);
    assertEquals(stores, ["own"]);
  });
});

describeForDrivers("waitReadable()", (it) => {
  it("resumes each task in its own context", async ({ manager, fds }) => {
    const wait = async (reader: number) => {
      await manager.waitReadable(reader);
      return storage.getStore();
    };
    const ends = Array.from({ length: 10 }, () => fds.pipe());
    const waits = ends.map(([reader], index) => storage.run(`task ${index}`, () => wait(reader)));
    for (const [, writer] of ends) poke(writer);
    assertEquals(await Promise.all(waits), ends.map((_, index) => `task ${index}`));
  });
});

describeForDrivers("processEvents()", (it) => {
  it("calls listeners in their own contexts, and returns in the caller's", ({ bareManager, fds }) => {
    const [reader, writer] = fds.pipe();
    const stores: unknown[] = [];
    using _watch = storage.run("own", () =>
      bareManager.watch(reader, { readable: true }, () => {
        stores.push(storage.getStore());
      }));
    poke(writer);
    storage.run("caller", () => {
      bareManager.processEvents(bareManager.getEvents(100));
      stores.push(storage.getStore());
    });
    assertEquals(stores, ["own", "caller"]);
  });
}, ["manual"]);
