/**
 * Waits with a manager whose driver the second argument names, in the way that the first one names.
 */

import process from "node:process";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import {
  EpollIOManager,
  type EpollIOManagerOptions,
  type FdWatch,
  type SystemError,
} from "../../mod.ts";
import {
  accept,
  close,
  listenTcp,
  O_RDONLY,
  open,
  pipe,
  read,
  socketpair,
  timerfd,
  write,
} from "../../src/os/mod.ts";
import { turn } from "../support/event_loop.ts";
import { connectTo, sendOutOfBand } from "../support/libc.ts";
import { asleep } from "../support/waits.ts";

const [way = "", driver] = process.argv.slice(2);
const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
const [reader, writer] = pipe();

const unref = { ref: false };
const oneByte = new Uint8Array(1);

/** Calls `action` later. This doesn't keep the process alive. */
function later(action: () => void): void {
  setTimeout(action, 100).unref();
}

/**
 * Watches `reader` and doesn't read, beside a file that reports an event only once. Its listener
 * takes as long as a turn may. `onThird` is called in the third call. Nothing keeps the process
 * alive.
 */
function watchBesideMounts(onThird: () => void): FdWatch {
  void manager.waitPriority(open("/proc/self/mounts", O_RDONLY), unref);
  let calls = 0;
  const watch = manager.watch(reader, { readable: true }, () => {
    const started = performance.now();
    while (performance.now() - started < 1);
    if (++calls === 3) onThird();
  });
  watch.unref();
  return watch;
}

const ways: Record<string, () => Promise<void>> = {
  async resolved() {
    await manager.waitReadable(timerfd({ initial: 20 }));
    console.log("resolved");
  },
  async timeoutToSpare() {
    const timer = timerfd({ initial: 20 });
    await manager.waitReadable(timer, { signal: AbortSignal.timeout(600_000) });
    console.log("resolved");
    await manager.waitReady(timer, { readable: true, signal: AbortSignal.timeout(600_000) });
    console.log("ready");
  },
  async rejected() {
    const wait = manager.waitReadable(reader);
    later(() => manager.notifyClosing(reader));
    await wait.catch((error) => console.log(error.name));
  },
  async aborted() {
    const controller = new AbortController();
    const wait = manager.waitReadable(reader, controller);
    later(() => controller.abort("stopped"));
    await wait.catch((reason) => console.log(reason));
  },
  async pending() {
    // Until then, only the wait keeps the process alive.
    later(() => write(writer, oneByte));
    await manager.waitReadable(reader);
    console.log("resolved");
  },
  async wakeup() {
    later(() => manager.forceWakeup());
    await manager.waitWakeup();
    console.log("woken");
  },
  async alternating() {
    for (let round = 0; round < 5; round++) {
      await manager.waitReadable(timerfd({ initial: 2 }));
      const signal = AbortSignal.timeout(2);
      await manager.waitReadable(reader, { signal }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    console.log("alternated");
  },
  async closed() {
    const wait = manager.waitReadable(reader);
    later(() => void manager.close());
    await wait.catch((error) => console.log(error.name));
  },
  async unref() {
    await manager.waitReadable(reader, unref);
  },
  async unrefWhileSleeping() {
    void manager.waitReadable(reader, unref);
    await asleep(manager);
  },
  async unrefBesideRef() {
    void manager.waitReadable(reader, unref);
    await asleep(manager);
    await manager.waitReadable(timerfd({ initial: 50 }));
    console.log("resolved");
  },
  async unrefAfterRef() {
    const controller = new AbortController();
    const wait = manager.waitWakeup(controller).catch(() => {});
    void manager.waitReadable(reader, unref);
    await asleep(manager);
    controller.abort();
    await wait;
  },
  async refAfterUnref() {
    // By then the driver has requested a turn that doesn't keep the process alive.
    const controller = new AbortController();
    const { signal } = controller;
    const wait = manager.waitReadable(reader, { ref: false, signal }).catch(() => {});
    for (let microtask = 0; microtask < 20; microtask++) await undefined;
    controller.abort();
    await wait;
    await manager.waitReadable(timerfd({ initial: 50 }));
    console.log("resolved");
  },
  async refInQuietTurn() {
    const something = setTimeout(() => {}, 600_000);
    const begun = Promise.withResolvers<Promise<void>>();
    const watch = watchBesideMounts(() =>
      setImmediate(() => {
        clearTimeout(something);
        watch.close();
        begun.resolve(manager.waitReadable(timerfd({ initial: 50 })));
      })
    );
    write(writer, oneByte);
    await begun.promise;
    console.log("resolved");
  },
  unrefBusy() {
    watchBesideMounts(() => {});
    write(writer, oneByte);
    return new Promise(() => {});
  },
  async unrefBusyAfterRef() {
    watchBesideMounts(() => {});
    const [from, to] = pipe();
    const wait = manager.waitReadable(from);
    await asleep(manager);
    write(to, oneByte);
    write(writer, oneByte);
    await wait;
    return new Promise(() => {});
  },
  async unrefUrgent() {
    const listener = listenTcp("127.0.0.1", 0);
    const client = connectTo(listener);
    await manager.waitReadable(listener);
    // Nothing reads the data.
    manager.watch(accept(listener)!, { priority: true }, () => {}).unref();
    sendOutOfBand(client);
    return new Promise(() => {});
  },
  async unrefResolves() {
    const something = setTimeout(() => {}, 600_000);
    later(() => write(writer, oneByte));
    await manager.waitReadable(reader, unref);
    clearTimeout(something);
    console.log("resolved");
  },
  async unrefReady() {
    await manager.waitReady(reader, { readable: true, timeout: 50_000, ref: false });
  },
  async unrefWakeup() {
    await manager.waitWakeup(unref);
  },
  async unrefWatch() {
    const called = Promise.withResolvers<void>();
    const watch = manager.watch(reader, { readable: true }, () => {
      read(reader, oneByte);
      console.log("called");
      watch.unref();
      called.resolve();
    });
    write(writer, oneByte);
    await called.promise;
  },
  async refWatch() {
    const called = Promise.withResolvers<void>();
    const watch = manager.watch(reader, { readable: true }, () => {
      console.log("called");
      called.resolve();
      watch.close();
    });
    watch.unref();
    await asleep(manager);
    watch.ref();
    later(() => write(writer, oneByte));
    await called.promise;
  },
  async pausedWatch() {
    const called = Promise.withResolvers<void>();
    const watch = manager.watch(reader, { readable: true }, () => {
      watch.interest({});
      called.resolve();
    });
    write(writer, oneByte);
    await called.promise;
  },
  async unrefReadyWatch() {
    const [from, to] = pipe();
    const called = Promise.withResolvers<void>();
    const watch = manager.watch(from, { readable: true }, () => {
      if (++calls < 50) return;
      watch.unref();
      called.resolve();
    });
    let calls = 0;
    write(to, oneByte);
    await called.promise;
  },
  async exitEmitted() {
    const [from, to] = pipe();
    const wait = manager.waitReadable(from);
    await asleep(manager);
    // As the tests of some programs do.
    process.emit("exit", 0);
    write(to, oneByte);
    await wait;
    console.log("resolved");
  },
  async readyAtExit() {
    const [from, to] = pipe();
    process.on("exit", () => write(to, oneByte));
    void manager.waitReadable(from, unref);
    await asleep(manager);
  },
  async waitAtExit() {
    const [from, to] = pipe();
    process.on("exit", () => {
      void manager.waitWritable(to);
      manager.watch(from, { readable: true }, () => {});
      write(to, oneByte);
    });
    void manager.waitReadable(timerfd({ initial: 60_000 }), unref);
    await asleep(manager);
  },
  async closeAtExit() {
    const [from, to] = pipe();
    process.on("exit", () => {
      write(to, oneByte);
      void manager.close();
    });
    manager.waitReadable(from, unref).catch(() => {});
    await asleep(manager);
  },
  async manyManagers() {
    const options = { driver } as EpollIOManagerOptions;
    const managers = Array.from({ length: 11 }, () => new EpollIOManager(options));
    for (const manager of managers) {
      void manager.waitReadable(reader, unref);
      await asleep(manager);
    }
  },
  async throwingWatch() {
    const ended = Promise.withResolvers<void>();
    process.on("uncaughtException", (error) => console.log(error.message));
    const watch = manager.watch(reader, { readable: true }, () => {
      console.log(read(reader, oneByte));
      if (calls++ === 0) throw new Error("uncaught on purpose");
      watch.close();
      ended.resolve();
    });
    let calls = 0;
    write(writer, new Uint8Array(2));
    await ended.promise;
  },
  async lostWatch() {
    const uncaught = Promise.withResolvers<Error>();
    process.on("uncaughtException", uncaught.resolve);
    manager.watch(reader, { readable: true }, () => close(reader));
    write(writer, oneByte);
    console.log((await uncaught.promise).name);
    await manager.close();
    process.exit();
  },
  async expiredWhileBusy() {
    const timeout = 200;
    for (;;) {
      const started = performance.now();
      const wait = manager.waitReady(reader, { readable: true, timeout });
      await asleep(manager);
      // On a busy machine it may have expired already.
      if (performance.now() - started > timeout / 2) {
        await wait;
        continue;
      }
      while (performance.now() - started < timeout + 10);
      write(writer, oneByte);
      console.log((await wait).readable);
      return;
    }
  },
  async lostInterest() {
    const [fd] = socketpair();
    const watch = manager.watch(fd, { readable: true }, () => {});
    const priority = manager.waitPriority(fd).catch((error) => console.log(error.code));
    close(fd);
    pipe();
    try {
      watch.interest({ readable: true, priority: true });
    } catch (error) {
      console.log((error as Error).name);
    }
    await priority;
  },
  async lostInListener() {
    const uncaught = Promise.withResolvers<void>();
    const [a, b] = socketpair();
    write(b, oneByte);
    process.on("uncaughtException", (error) => {
      console.log("uncaught", (error as SystemError).code);
      uncaught.resolve();
    });
    manager.watch(a, { readable: true }, () => {
      close(a);
      try {
        second.interest({ readable: true, writable: true });
      } catch (error) {
        console.log((error as SystemError).code);
      }
    });
    const second = manager.watch(a, { writable: true }, () => console.log("called"));
    await uncaught.promise;
    await asleep(manager);
  },
  async exit() {
    asleep(manager).then(() => process.exit(3));
    await manager.waitReadable(reader);
  },
  exitInListener() {
    manager.watch(reader, { readable: true }, () => process.exit(3));
    write(writer, oneByte);
    // The descriptor stays open until the listener has been called.
    return new Promise(() => {});
  },
  async exitAfterWait() {
    write(writer, oneByte);
    await manager.waitReadable(reader);
    process.exit(3);
  },
  async uncaught() {
    asleep(manager).then(() =>
      setTimeout(() => {
        throw new Error("uncaught on purpose");
      })
    );
    await manager.waitReadable(reader);
  },
  async terminated() {
    asleep(manager).then(() => console.log("waiting"));
    await manager.waitReadable(reader);
  },
};

// Without a top-level await, because Bun survives uncaught errors during one.
void ways[way]!().then(async () => {
  // Not in the listener of a watch.
  await turn();
  close(reader);
  close(writer);
});
