import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("open()", () => {
  it("opens, creates and truncates files, and names the path in an error", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const path = join(folder.path, "ünïcode");
    const fd = fds.own(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600));
    os.write(fd, new TextEncoder().encode("text"));
    assertEquals(readFileSync(path, "utf8"), "text");
    assertThrows(() => os.open(path, os.O_CREAT | os.O_EXCL), SystemError, "EEXIST");
    assertThrows(() => os.open(`${path}/x`, os.O_RDONLY), SystemError, "ENOTDIR");
    assertThrows(() => os.open("a\0b", os.O_RDONLY), TypeError, "NUL");
    assertThrows(() => os.open("/tmp/\ud800", os.O_RDONLY), TypeError, "surrogate");
    for (const flags of ["r", undefined, null] as unknown as number[]) {
      assertThrows(() => os.open(path, flags), TypeError, "O_* constants, such as O_RDWR");
    }
    fds.own(os.open(path, os.O_WRONLY | os.O_TRUNC));
    assertEquals(readFileSync(path, "utf8"), "");
  });
});
