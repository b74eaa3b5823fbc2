/** Processes as descriptors. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import process from "node:process";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { poll } from "../support/libc.ts";

describe("pidfdOpen", () => {
  it("opens a process, readable once that has ended", async () => {
    using fds = new Fds();
    const child = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
    const fd = fds.own(os.pidfdOpen(child.pid!));
    assert(flagsOf(fd) & os.O_NONBLOCK);
    assert(flagsOf(fd) & os.O_CLOEXEC);
    assertEquals(poll([fd]), [0]);
    child.stdin!.end();
    await waitReadable(fd);
    assertEquals(poll([fd])[0]! & 1, 1);
  });

  it("fails for what is none, and says which", async () => {
    const before = countFds();
    os.close(os.pidfdOpen(process.pid));
    // More than Linux ever gives.
    const error = assertThrows(() => os.pidfdOpen(2 ** 31 - 1), SystemError, "2147483647");
    assertEquals(error.code, "ESRCH");
    await noMoreFdsThan(before);
  });
});
