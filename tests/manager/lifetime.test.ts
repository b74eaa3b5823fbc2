/** The resources of managers. */

import { openWakeup } from "../../mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { countFds, drain, noMoreFdsThan, poke } from "../support/fds.ts";
import { openManager } from "../support/managers.ts";
import { asleep } from "../support/waits.ts";

describeForDrivers("EpollIOManager", (it, driver) => {
  it("leaves no descriptor open after 2,000 were used and closed", async ({ fds }) => {
    const [one, other] = fds.socketpair();
    poke(other);
    const before = countFds();
    using _guard = new CloseGuard();
    for (let round = 0; round < 2000; round++) {
      await using manager = openManager(driver);
      await manager.waitReadable(one);
      await manager.waitWritable(one);
      if (round % 10 === 0) {
        using remote = openWakeup(manager.wakeupHandle());
        const woken = manager.waitWakeup();
        remote.wake();
        await woken;
      }
    }
    await noMoreFdsThan(before);
  });

  it("leaves no descriptor open after 50 have slept", async ({ fds }) => {
    const [one, other] = fds.pipe();
    const before = countFds();
    using _guard = new CloseGuard();
    for (let round = 0; round < 50; round++) {
      await using manager = openManager(driver, { busyPoll: 0 });
      const wait = manager.waitReadable(one);
      await asleep(manager);
      poke(other);
      await wait;
      drain(one);
      if (round % 2 === 0) {
        const abandoned = manager.waitPriority(one).catch(() => {});
        await asleep(manager);
        await Promise.all([manager.close(), abandoned]);
      }
    }
    await noMoreFdsThan(before);
  });

  it("can have many instances at once", async ({ fds }) => {
    const before = countFds();
    using _guard = new CloseGuard();
    const managers = Array.from({ length: 8 }, () => openManager(driver));
    const waits = managers.map(async (manager) => {
      const [reader, writer] = fds.pipe();
      const wait = manager.waitReadable(reader);
      await asleep(manager);
      poke(writer);
      await wait;
    });
    await Promise.all(waits);
    await Promise.all(managers.map((manager) => manager.close()));
    fds[Symbol.dispose]();
    await noMoreFdsThan(before);
  });
});
