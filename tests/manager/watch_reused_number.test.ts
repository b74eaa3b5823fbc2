/** Watches whose file was closed without notice, and whose number refers to another file now. */

import { assertEquals, assertThrows } from "@std/assert";
import { ClosedResourceError, type FdWatch, type Interest, SystemError } from "../../mod.ts";
import { dup } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { until } from "../support/event_loop.ts";
import { drain, type Fds, poke } from "../support/fds.ts";
import { dupTo } from "../support/libc.ts";

const readable = { readable: true } as const;

/** Makes `fd` refer to one end of a new socket pair, and returns the other end. */
function reuse(fds: Fds, fd: number): number {
  const [near, far] = fds.socketpair();
  dupTo(near, fd);
  return far;
}

/** Asserts that `watch.interest(interest)` throws `EBADF` and ends the watch. */
function assertLost(watch: FdWatch, interest: Interest): void {
  const error = assertThrows(() => watch.interest(interest), SystemError, "EBADF");
  assertEquals(error.fd, watch.fd);
  assertThrows(() => watch.interest(interest), ClosedResourceError);
}

/** Ways to change the interest of a watch for `readable`. */
const changes: Record<string, Interest> = {
  "the same directions": { readable: true, writable: false },
  "more directions": { readable: true, hangup: true },
  "other directions": { writable: true },
  "no direction": {},
};

describeForDrivers("FdWatch.interest()", (it) => {
  for (const [name, interest] of Object.entries(changes)) {
    it(`throws EBADF after the number was reused: ${name}`, ({ manager, fds }) => {
      const [fd] = fds.socketpair();
      const watch = manager.watch(fd, readable, () => {});
      reuse(fds, fd);
      assertLost(watch, interest);
      assertEquals(manager.statistics().tasksWaitingRead, 0);
    });

    it(`throws EBADF after the number was reused while a dup lives: ${name}`, ({ manager, fds }) => {
      const [fd] = fds.socketpair();
      fds.own(dup(fd));
      const watch = manager.watch(fd, readable, () => {});
      reuse(fds, fd);
      assertLost(watch, interest);
    });

    it(`throws EBADF after the descriptor was closed: ${name}`, ({ manager, fds }) => {
      const [fd] = fds.socketpair();
      const watch = manager.watch(fd, readable, () => {});
      fds.close(fd);
      assertLost(watch, interest);
    });
  }

  it("throws EBADF after the number of a paused watch was reused", ({ manager, fds }) => {
    const [fd] = fds.socketpair();
    const watch = manager.watch(fd, {}, () => {});
    reuse(fds, fd);
    assertLost(watch, readable);
  });

  it("throws EBADF in the listener after the number was reused there", async ({ manager, fds }) => {
    const [fd, peer] = fds.socketpair();
    const failures: unknown[] = [];
    const calls: string[] = [];
    // As libcurl does: its function closes and opens sockets, and says what to watch.
    const watch = manager.watch(fd, readable, () => {
      calls.push("old");
      const far = reuse(fds, fd);
      try {
        watch.interest(readable);
      } catch (error) {
        failures.push(error);
        const fresh = manager.watch(fd, readable, () => {
          drain(fd);
          fresh.close();
          calls.push("new");
        });
      }
      poke(far);
    });
    poke(peer);
    await until(() => calls.length === 2, () => new Error(`${calls}`));
    assertEquals(calls, ["old", "new"]);
    assertEquals(failures.map((error) => error instanceof SystemError && error.code), ["EBADF"]);
  });

  it("costs one epoll_ctl in the listener as well", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    let calls = 0;
    using watch = manager.watch(reader, readable, () => {
      watch.interest(readable);
      if (++calls === 10) drain(reader);
    });
    const { epollCtlCalls } = manager.statistics();
    poke(writer);
    await until(() => calls === 10, () => new Error(`${calls} calls`));
    assertEquals(manager.statistics().epollCtlCalls - epollCtlCalls, 10);
  });

  it("keeps a watch of an open file", async ({ manager, barrier, fds }) => {
    const [reader, writer] = fds.pipe();
    let calls = 0;
    using watch = manager.watch(reader, readable, () => {
      calls++;
      drain(reader);
    });
    for (let count = 1; count <= 3; count++) {
      watch.interest(readable);
      poke(writer);
      await barrier.passed();
      assertEquals(calls, count);
    }
  });
});
