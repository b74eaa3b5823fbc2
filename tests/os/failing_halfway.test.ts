/** Calls that fail after they have opened something. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { countFds } from "../support/fds.ts";

describe("descriptors", () => {
  it("are given back by what fails halfway", () => {
    const before = countFds();
    assertThrows(() => os.listenUnix("/nonexistent/socket"), SystemError, "ENOENT");
    assertThrows(() => os.timerfd({ initial: -1 }), RangeError, "-1");
    assertThrows(() => os.listenTcp("192.0.2.1", 0), SystemError, "EADDRNOTAVAIL");
    assertEquals(countFds(), before);
  });
});
