/** Locks on open files. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("flock", () => {
  it("takes a lock, and says if it is taken", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const path = join(folder.path, "lock");
    const openIt = () => fds.own(os.open(path, os.O_RDWR | os.O_CREAT));
    const [one, other] = [openIt(), openIt()];
    const alone = os.LOCK_EX | os.LOCK_NB;
    const shared = os.LOCK_SH | os.LOCK_NB;
    assertEquals(os.flock(one, alone), true);
    assertEquals([os.flock(other, alone), os.flock(other, shared)], [false, false]);
    assertEquals(os.flock(one, shared), true);
    assertEquals([os.flock(other, shared), os.flock(other, alone)], [true, false]);
    assertEquals(os.flock(one, os.LOCK_UN), true);
    assertEquals(os.flock(other, os.LOCK_EX), true);
    fds.close(other);
    assertEquals(os.flock(one, alone), true);
    assertThrows(() => os.flock(one, 0), SystemError, "EINVAL");
  });
});
