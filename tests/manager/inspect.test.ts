import { assertEquals, assertStringIncludes } from "@std/assert";
import { inspect } from "node:util";
import { readlinkSync } from "node:fs";
import { BusyResourceError, SystemError } from "../../mod.ts";
import { O_RDONLY, open } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill } from "../support/fds.ts";
import { rejection } from "../support/waits.ts";

describeForDrivers("EpollIOManager.inspect()", (it, driver) => {
  it("names the driver, and the file and directions of each wait", async ({ manager, fds }) => {
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

  it("returns the text that console.log prints", ({ manager }) => {
    assertEquals(inspect(manager), manager.inspect());
  });

  it("marks closed descriptors", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    const wait = manager.waitReadable(from).catch(() => {});
    fds.close(from);
    assertStringIncludes(manager.inspect(), `fd ${from}, closed, readable`);
    manager.notifyClosing(from);
    await wait;
  });
});

describeForDrivers("errors for a descriptor", (it) => {
  it("name the file of the descriptor", async ({ manager, fds }) => {
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
