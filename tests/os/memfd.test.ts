/** Files in memory. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readlinkSync } from "node:fs";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";

describe("memfdCreate()", () => {
  it("makes an empty file with the name", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("ünïcode"));
    assertStringIncludes(readlinkSync(`/proc/self/fd/${fd}`), "memfd:ünïcode");
    assertEquals(os.fstat(fd).size, 0);
    assertEquals(os.write(fd, new Uint8Array(10)), 10);
    assert(flagsOf(fd) & os.O_NONBLOCK);
    assert(flagsOf(fd) & os.O_CLOEXEC);
  });

  it("allows seals with MFD_ALLOW_SEALING only", () => {
    using fds = new Fds();
    const sealed = fds.own(os.memfdCreate("sealed"));
    assertEquals(os.fcntl(sealed, os.F_GET_SEALS), os.F_SEAL_SEAL);
    assertEquals(
      os.fcntl(fds.own(os.memfdCreate("open", os.MFD_ALLOW_SEALING)), os.F_GET_SEALS),
      0,
    );
  });

  it("throws EINVAL for a name of more than 249 bytes, and for unknown flags", () => {
    using fds = new Fds();
    fds.own(os.memfdCreate("n".repeat(249)));
    const error = assertThrows(() => os.memfdCreate("n".repeat(250)), SystemError, "EINVAL");
    assertEquals(error.syscall, "memfd_create");
    for (const flags of [0x100, 2 ** 31, -1]) {
      assertThrows(() => os.memfdCreate("flags", flags), SystemError, "EINVAL");
    }
  });
});
