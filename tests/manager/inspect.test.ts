import { assertEquals, assertStringIncludes } from "@std/assert";
import { inspect } from "node:util";
import { readlinkSync } from "node:fs";
import { BusyResourceError, SystemError } from "../../mod.ts";
import { O_RDONLY, open } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill } from "../support/fds.ts";
import { rejection } from "../support/waits.ts";

describeForDrivers("a manager in words", (it, driver) => {
  it("names its driver and each wait, with what its descriptor stands for", async ({ manager, fds }) => {
    assertEquals(manager.inspect(), `EpollIOManager, driver ${driver}, 0 waits`);
    const [from] = fds.pipe();
    const [one] = fds.socketpair();
    fill(one);
    const waits = [
      manager.waitReadable(from),
      manager.waitWritable(one),
      manager.waitPriority(one),
      manager.waitWakeup(),
    ];
    const ended = Promise.allSettled(waits);
    const pipe = readlinkSync(`/proc/self/fd/${from}`);
    const socket = readlinkSync(`/proc/self/fd/${one}`);
    assertEquals(
      manager.inspect(),
      [
        `EpollIOManager, driver ${driver}, 4 waits`,
        `  fd ${from}, ${pipe}, readable`,
        `  fd ${one}, ${socket}, writable`,
        `  fd ${one}, ${socket}, priority`,
        "  a forced wakeup",
      ].join("\n"),
    );
    await manager.close();
    await ended;
    assertEquals(manager.inspect(), "EpollIOManager, closed, 0 waits");
  });

  it("is what console.log prints", ({ manager }) => {
    assertEquals(inspect(manager), manager.inspect());
  });

  it("says what has been closed", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    const wait = manager.waitReadable(from).catch(() => {});
    fds.close(from);
    assertStringIncludes(manager.inspect(), `fd ${from}, closed, readable`);
    manager.notifyClosing(from);
    await wait;
  });
});

describeForDrivers("errors about a descriptor", (it) => {
  it("say what it stands for", async ({ manager, fds }) => {
    const file = fds.own(open("/etc/passwd", O_RDONLY));
    const error = await rejection(manager.waitReadable(file), SystemError);
    assertStringIncludes(error.message, `epoll_ctl on fd ${file} (/etc/passwd) failed: EPERM`);
    const [from] = fds.pipe();
    const wait = manager.waitReadable(from).catch(() => {});
    const busy = await rejection(manager.waitReadable(from), BusyResourceError);
    assertStringIncludes(busy.message, `fd ${from} (pipe:[`);
    manager.notifyClosing(from);
    await wait;
  });
});
