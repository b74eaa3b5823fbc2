/** Counters as descriptors. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";

/** Reads the count; undefined if it is 0. */
function take(fd: number): bigint | undefined {
  const count = new BigUint64Array(1);
  return os.read(fd, count) === undefined ? undefined : count[0];
}

describe("eventfd()", () => {
  it("counts from the initial count, and from 0 without one", async () => {
    using fds = new Fds();
    for (
      const [initial, count] of [[undefined, 3n], [7, 10n], [2 ** 32 - 1, 2n ** 32n + 2n]] as const
    ) {
      const fd = fds.own(os.eventfd(initial));
      os.write(fd, new BigUint64Array([3n]));
      await waitReadable(fd);
      assertEquals(take(fd), count);
      assertEquals(take(fd), undefined);
    }
  });

  it("counts down with EFD_SEMAPHORE", () => {
    using fds = new Fds();
    const fd = fds.own(os.eventfd(2, os.EFD_SEMAPHORE));
    assertEquals([take(fd), take(fd), take(fd)], [1n, 1n, undefined]);
  });

  it("is nonblocking and close-on-exec whatever the flags", () => {
    using fds = new Fds();
    for (const flags of [0, os.EFD_SEMAPHORE, os.EFD_NONBLOCK | os.EFD_CLOEXEC]) {
      const fd = fds.own(os.eventfd(0, flags));
      assert(flagsOf(fd) & os.O_NONBLOCK);
      assert(flagsOf(fd) & os.O_CLOEXEC);
    }
  });

  it("throws EINVAL for unknown flags", () => {
    const error = assertThrows(() => os.eventfd(0, 2), SystemError, "EINVAL");
    assertEquals(error.syscall, "eventfd");
  });
});

describeUnless(cannotRunPython(), "eventfd(), compared with Python's,", () => {
  it("has the count that another process wrote", async () => {
    using fds = new Fds();
    const fd = fds.own(os.eventfd(1));
    await runPython(fd, "os.write(0, struct.pack('=Q', 41))");
    assertEquals(take(fd), 42n);
  });
});
