/** Calls that fail after they have opened a descriptor. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { countFds } from "../support/fds.ts";

describe("a call that fails halfway", () => {
  it("closes its descriptors", () => {
    const before = countFds();
    assertThrows(() => os.listenUnix("/nonexistent/socket"), SystemError, "ENOENT");
    assertThrows(() => os.timerfd({ initial: -1 }), RangeError, "-1");
    assertThrows(() => os.listenTcp("192.0.2.1", 0), SystemError, "EADDRNOTAVAIL");
    assertEquals(countFds(), before);
  });
});
