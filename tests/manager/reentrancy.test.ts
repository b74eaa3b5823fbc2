/** Code of the program that runs during a call, and uses the manager there. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  BusyResourceError,
  ClosedResourceError,
  FdStream,
  type WaitReadyOptions,
  Wakeup,
} from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { poke } from "../support/fds.ts";
import { assertPending, rejection } from "../support/waits.ts";

/** Signals that `AbortSignal.prototype.removeEventListener` refuses in some runtime. */
const foreignSignals: Record<string, (signal: AbortSignal) => AbortSignal> = {
  "one behind a Proxy": (signal) =>
    new Proxy(signal, {
      get(target, name) {
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  "one of a class that has been replaced": (signal) => signal,
};

/** Replaces `AbortSignal` with another class, as DOM emulations do. */
function replacedSignal(): Disposable {
  const own = globalThis.AbortSignal;
  class Replaced extends EventTarget {
    override removeEventListener(): void {
      throw new TypeError("Illegal invocation");
    }
  }
  Object.assign(globalThis, { AbortSignal: Replaced });
  return { [Symbol.dispose]: () => void Object.assign(globalThis, { AbortSignal: own }) };
}

const methods = ["waitReadable", "waitWritable", "waitPriority"] as const;

describeForDrivers("a wait with arguments that use the manager", (it, driver) => {
  for (const method of methods) {
    it(`${method}() rejects if the descriptor object closes the manager`, async ({ manager }) => {
      using wakeup = new Wakeup();
      const fileno = () => {
        manager.close();
        return wakeup.fd;
      };
      await rejection(manager[method]({ fileno }), ClosedResourceError);
    });

    it(`${method}() rejects if its options close the manager`, async ({ manager, fds }) => {
      const [fd] = fds.pipe();
      const options = {
        get signal(): undefined {
          manager.close();
          return undefined;
        },
      };
      await rejection(manager[method](fd, options), ClosedResourceError);
    });

    it(`${method}() rejects if its signal closes the manager when it gets a listener`, async ({ manager, fds }) => {
      const [fd] = fds.pipe();
      const { signal } = new AbortController();
      const listen = signal.addEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof listen>) => {
        manager.close();
        listen(...args);
      };
      await rejection(manager[method](fd, { signal }), ClosedResourceError);
    });

    it(`${method}() rejects if its signal closes the manager when it is read`, async ({ manager, fds }) => {
      const [fd] = fds.pipe();
      const { signal } = new AbortController();
      const get = () => {
        manager.close();
        return false;
      };
      Object.defineProperty(signal, "aborted", { get });
      await rejection(manager[method](fd, { signal }), ClosedResourceError);
    });

    it(`${method}() rejects with the error of its options, and leaves nothing behind`, async ({ manager, fds }) => {
      const [fd] = fds.pipe();
      const problem = new RangeError("mine");
      const options = {
        get signal(): undefined {
          throw problem;
        },
      };
      assertEquals(await rejection(manager[method](fd, options), RangeError), problem);
      assertEquals(manager.inspect(), `EpollIOManager, driver ${driver}, 0 waits`);
    });
  }

  it("waitWakeup() rejects if its options close the manager", async ({ manager }) => {
    const options = {
      get signal(): undefined {
        manager.close();
        return undefined;
      },
    };
    await rejection(manager.waitWakeup(options), ClosedResourceError);
  });

  it("waitReadable() can replace the aborted wait in a listener of its signal", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const controller = new AbortController();
    const first = manager.waitReadable(from, controller).catch((reason) => reason);
    const second = new Promise<void>((resolve) => {
      controller.signal.addEventListener("abort", () => resolve(manager.waitReadable(from)));
    });
    controller.abort("stop");
    assertEquals(await first, "stop");
    poke(to);
    await second;
  });

  it("waitReadable() doesn't search the listeners of its signal after an abort", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    const controller = new AbortController();
    let removals = 0;
    const { removeEventListener } = EventTarget.prototype;
    EventTarget.prototype.removeEventListener = () => removals++;
    try {
      const wait = manager.waitReadable(from, controller).catch((reason) => reason);
      controller.abort("stop");
      assertEquals(await wait, "stop");
      assertEquals(removals, 0);
    } finally {
      EventTarget.prototype.removeEventListener = removeEventListener;
    }
  });

  it("waitReady() can replace the aborted wait in an earlier listener of its signal", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const controller = new AbortController();
    const waits: Promise<unknown>[] = [];
    const again = () => {
      waits.push(manager.waitReady(from, { readable: true }));
    };
    controller.signal.addEventListener("abort", again);
    const first = manager.waitReadable(from, controller).catch((reason) => reason);
    controller.abort("stop");
    assertEquals(await first, "stop");
    poke(to);
    assertEquals(waits.length, 1);
    await waits[0];
  });

  it("waitReadable() isn't harmed by another wait's signal that throws at the end", async ({ manager, fds }) => {
    const ends = [fds.pipe(), fds.pipe()];
    const { signal } = new AbortController();
    signal.removeEventListener = () => {
      throw new RangeError("mine");
    };
    const waits = ends.map(([from]) => manager.waitReadable(from, { signal }));
    for (const [, to] of ends) poke(to);
    await Promise.all(waits);
  });

  for (const [kind, wrap] of Object.entries(foreignSignals)) {
    it(`waitReadable() resolves if its listener can't be removed: ${kind}`, async ({ manager, fds }) => {
      const [from, to] = fds.pipe();
      const [otherFrom, otherTo] = fds.pipe();
      const wait = manager.waitReadable(from, { signal: wrap(new AbortController().signal) });
      const others = [manager.waitReadable(otherFrom), manager.waitWakeup()];
      {
        using _global = replacedSignal();
        for (const fd of [to, otherTo]) poke(fd);
        manager.forceWakeup();
        await Promise.all([wait, ...others]);
      }
      await manager.waitReadable(from);
    });
  }

  it("waitReadable() can be used by the signal of a wait for the same direction", async ({ manager, fds }) => {
    const uses: Record<string, (fd: number) => unknown> = {
      "notifies and waits anew": (fd) => {
        manager.notifyClosing(fd);
        return manager.waitReadable(fd);
      },
      notifies: (fd) => manager.notifyClosing(fd),
      closes: () => manager.close(),
    };
    for (const [name, use] of Object.entries(uses)) {
      const [from, to] = fds.pipe();
      const { signal } = new AbortController();
      let used: unknown;
      let asked = false;
      const get = () => {
        if (asked) used ??= use(from);
        return false;
      };
      Object.defineProperty(signal, "aborted", { get });
      const first = rejection(manager.waitReadable(from, { signal }), ClosedResourceError);
      asked = true;
      const newcomer = manager.waitReadable(from);
      await first;
      if (name === "notifies and waits anew") await rejection(newcomer, BusyResourceError);
      poke(to);
      if (name === "notifies") await newcomer;
      if (name === "closes") await rejection(newcomer, ClosedResourceError);
      await used;
    }
  });

  it("FdWatch.interest() throws if the signal of a wait for the direction closes the watch", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const { signal } = new AbortController();
    const watch = manager.watch(one, { hangup: true }, () => {});
    let asked = false;
    const get = () => {
      if (asked) watch.close();
      return false;
    };
    Object.defineProperty(signal, "aborted", { get });
    const wait = manager.waitReadable(one, { signal });
    asked = true;
    assertThrows(() => watch.interest({ readable: true }), BusyResourceError);
    manager.notifyClosing(one);
    await rejection(wait, ClosedResourceError);
  });

  it("waits reject with the error of a signal whose reason throws", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    const controller = new AbortController();
    const problem = new RangeError("mine");
    const get = () => {
      throw problem;
    };
    Object.defineProperty(controller.signal, "reason", { get });
    const waits = [
      manager.waitReadable(from, controller),
      manager.waitReady(from, { hangup: true, timeout: 60_000, signal: controller.signal }),
      manager.waitWakeup(controller),
    ].map((wait) => rejection(wait, RangeError, "mine"));
    controller.abort();
    await Promise.all(waits);
    await rejection(manager.waitReadable(from, controller), RangeError, "mine");
  });

  it("waitReadable() ignores an abort event of a signal that has not aborted", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const { signal } = new AbortController();
    const wait = manager.waitReadable(from, { signal });
    signal.dispatchEvent(new Event("abort"));
    await assertPending(manager, wait);
    poke(to);
    await wait;
  });

  it("waits reject with a TypeError that shows options that aren't an object", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    for (const value of [50, "x", true, AbortSignal.timeout(60_000), () => {}]) {
      const options = value as unknown as WaitReadyOptions;
      await rejection(manager.waitReadable(from, options), TypeError, "options must be");
      await rejection(manager.waitReady(from, options), TypeError, "options must be");
      await rejection(manager.waitWakeup(options), TypeError, "options must be");
      const [readFd, writeFd] = pipe();
      fds.own(writeFd);
      using stream = new FdStream(readFd, { manager });
      await rejection(stream.read(new Uint8Array(1), options), TypeError, "options must be");
    }
    await rejection(manager.waitReady(from, undefined!), TypeError, "at least one direction");
    assertEquals(manager.inspect(), `EpollIOManager, driver ${driver}, 0 waits`);
  });

  it("waits reject with a TypeError that shows a signal that isn't an AbortSignal", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    for (
      const value of ["x", 5, {}, new AbortController(), { aborted: false, addEventListener() {} }]
    ) {
      const options = { signal: value as unknown as AbortSignal, readable: true, timeout: 5 };
      await rejection(manager.waitReadable(from, options), TypeError, "AbortSignal");
      await rejection(manager.waitReady(from, options), TypeError, "AbortSignal");
      await rejection(manager.waitWakeup(options), TypeError, "AbortSignal");
    }
    assertEquals(manager.inspect(), `EpollIOManager, driver ${driver}, 0 waits`);
  });
});

describeForDrivers("EpollIOManager.processEvents()", (it) => {
  it("throws for another manager's events, and resolves nothing", async ({ manager, bareManager: other, fds }) => {
    const [from, to] = fds.pipe();
    const wait = other.waitReadable(from).catch((error) => error.name);
    poke(to);
    const events = manager.getEvents(0);
    for (const list of [events, [], {}, null, undefined]) {
      const processing = () => other.processEvents(list as unknown as typeof events);
      assertThrows(processing, TypeError, "getEvents()");
    }
    assertEquals(other.statistics().tasksWaitingRead, 1);
    await other.close();
    assertEquals(await wait, "ClosedResourceError");
  });
}, ["manual"]);
