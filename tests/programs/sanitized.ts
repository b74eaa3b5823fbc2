/**
 * Uses each part of the library once, and then again in a test with Deno's sanitizers. For `deno
 * test`.
 */

import {
  defaultManager,
  EpollIOManager,
  type EpollIOManagerOptions,
  ExclusiveWaiter,
  FdStream,
  notifyClosing,
  openWakeup,
  waitReadable,
  Wakeup,
} from "../../mod.ts";
import { close, listenTcp, pipe, timerfd } from "../../src/os/mod.ts";
import { drivers } from "../support/drivers.ts";

declare const Deno: {
  test(
    definition: {
      name: string;
      sanitizeOps: boolean;
      sanitizeResources: boolean;
      fn: () => Promise<void>;
    },
  ): void;
};

/** Waits until the driver has slept. */
async function sleep(manager: EpollIOManager): Promise<void> {
  const timer = timerfd({ initial: 100 });
  await manager.waitReadable(timer);
  manager.notifyClosing(timer);
  close(timer);
}

async function ownManager(options: EpollIOManagerOptions): Promise<void> {
  await using manager = new EpollIOManager(options);
  if (options.driver !== "manual") await sleep(manager);
}

const uses: Record<string, () => Promise<void>> = {
  "the default manager": () => sleep(defaultManager()),
  async "a wait that is ended"() {
    const [reader, writer] = pipe();
    const ended = waitReadable(reader).catch(() => {});
    notifyClosing(reader);
    await ended;
    close(reader);
    close(writer);
  },
  async "a stream"() {
    const [readFd, writeFd] = pipe();
    using reader = new FdStream(readFd);
    using writer = new FdStream(writeFd);
    const [count] = await Promise.all([
      reader.read(new Uint8Array(8)),
      writer.writeAll(new Uint8Array(8)),
    ]);
    if (count !== 8) throw new Error(`read ${count} bytes`);
  },
  async "a wakeup"() {
    using wakeup = new Wakeup();
    using remote = openWakeup(wakeup.handle());
    remote.wake();
    await waitReadable(wakeup);
  },
  async "an exclusive waiter"() {
    const listener = listenTcp("127.0.0.1", 0);
    {
      await using waiter = new ExclusiveWaiter(listener);
      waiter.wait().catch(() => {});
    }
    close(listener);
  },
};
for (const driver of drivers) uses[`a manager, ${driver}`] = () => ownManager({ driver });

for (const [name, fn] of Object.entries(uses)) {
  await fn();
  Deno.test({ name, sanitizeOps: true, sanitizeResources: true, fn });
}
