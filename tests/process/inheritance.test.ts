/** Child processes inherit no descriptors. */

import { assertEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { ExclusiveWaiter, openWakeup, Wakeup } from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { openManager } from "../support/managers.ts";
import { asleep } from "../support/waits.ts";

/** The kinds of descriptors that a child of this process has. One is its own output. */
function inherited(): string[] {
  const command = "for fd in /proc/self/fd/*; do readlink $fd; done; true";
  const links = execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\n");
  return links.map((link) => link.replace(/\d+/, "")).sort();
}

/** The process's descriptors that aren't close-on-exec. */
function inheritable(): string[] {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return !isCloseOnExec(fd);
    } catch {
      return false; // it was the one that listed the folder
    }
  });
}

function isCloseOnExec(fd: string | number): boolean {
  const flags = /flags:\s*([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))![1]!;
  return (parseInt(flags, 8) & 0o2000000) !== 0;
}

describeForDrivers("child processes", (it, driver) => {
  it("inherit no descriptor of a manager, a wakeup, a handle or an exclusive waiter", async ({ fds }) => {
    const [reader, writer] = fds.pipe();
    const inheritedBefore = inherited();
    const before = inheritable();
    await using manager = openManager(driver, { busyPoll: 0 });
    using wakeup = new Wakeup();
    using _remote = openWakeup(manager.wakeupHandle());
    await using waiter = new ExclusiveWaiter(wakeup);
    wakeup.wake();
    await waiter.wait();
    const wait = manager.waitReadable(reader);
    // Once it sleeps, the doorbell has opened everything that it needs.
    await asleep(manager);
    fds.close(writer);
    await wait;

    // The runtime may have closed some in the meantime, and their numbers are then ours.
    assertEquals(inheritable().filter((fd) => !before.includes(fd)), []);
    assertEquals([wakeup.fd, waiter.fd, reader].map(isCloseOnExec), [true, true, true]);
    assertEquals(inherited(), inheritedBefore);
  });
});
