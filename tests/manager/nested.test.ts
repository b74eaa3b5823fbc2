/** Waits for epoll instances that are themselves registered in each other. */

import { assertEquals } from "@std/assert";
import { EPOLLIN } from "../../src/ffi/constants.ts";
import { Epoll } from "../../src/sys/epoll.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { poke } from "../support/fds.ts";
import { asleep } from "../support/waits.ts";

/** How many instances may lie between a file and the manager. `EP_MAX_NESTS` in fs/eventpoll.c */
const deepest = 4;

describeForDrivers("EpollIOManager.waitReadable()", (it) => {
  for (const when of ["at first", "after the manager has slept"]) {
    it(`resolves for the deepest chain of epoll instances, ${when}`, async ({ manager, fds }) => {
      const [reader, writer] = fds.pipe();
      if (when !== "at first") {
        const [other, otherWriter] = fds.pipe();
        const wait = manager.waitReadable(other);
        await asleep(manager);
        poke(otherWriter);
        await wait;
      }
      using chain = new DisposableStack();
      let watched = reader;
      for (let depth = 0; depth < deepest; depth++) {
        const epoll = chain.use(new Epoll());
        assertEquals(epoll.add(watched, EPOLLIN, 1), 0);
        watched = epoll.fd;
      }
      const wait = manager.waitReadable(watched);
      await asleep(manager);
      poke(writer);
      await wait;
      manager.notifyClosing(watched);
    });
  }
});
