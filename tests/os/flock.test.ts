/** Locks on open files. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("flock()", () => {
  it("locks the open file, and returns false if another has the lock", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const path = join(folder.path, "lock");
    const openFile = () => fds.own(os.open(path, os.O_RDWR | os.O_CREAT));
    const [a, b] = [openFile(), openFile()];
    const alone = os.LOCK_EX | os.LOCK_NB;
    const shared = os.LOCK_SH | os.LOCK_NB;
    assertEquals(os.flock(a, alone), true);
    assertEquals([os.flock(b, alone), os.flock(b, shared)], [false, false]);
    assertEquals(os.flock(a, shared), true);
    assertEquals([os.flock(b, shared), os.flock(b, alone)], [true, false]);
    assertEquals(os.flock(a, os.LOCK_UN), true);
    assertEquals(os.flock(b, os.LOCK_EX), true);
    fds.close(b);
    assertEquals(os.flock(a, alone), true);
    assertThrows(() => os.flock(a, 0), SystemError, "EINVAL");
  });
});
