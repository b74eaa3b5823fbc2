/** Errors from functions that programs bind themselves. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import { openLibrary } from "../../examples/support/library.ts";
import * as os from "../../src/os/mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import { Fds } from "../support/fds.ts";
import { runtime } from "../support/programs.ts";

describe("lastError()", () => {
  it("returns the error of the program's own call into C", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const { rmdir, lseek } = openLibrary(libc().path, {
      rmdir: { args: ["buffer"], returns: "i32" },
      lseek: { args: ["i32", "address", "i32"], returns: "i32" },
    });
    const path = new TextEncoder().encode("/dev/null\0");
    // Many times, so that the code is optimised and the collector has reason to run.
    const others: string[] = [];
    for (let count = 0; count < 20_000; count++) {
      rmdir(path);
      const { code } = os.lastError("rmdir");
      if (code !== "ENOTDIR") others.push(code);
    }
    // In Node, a lock of V8 can set errno to EAGAIN while the code is optimised.
    assertEquals(others, runtime === "node" && others.length === 1 ? ["EAGAIN"] : []);
    lseek(reader, 0n, 0);
    const error = os.lastError("lseek", { fd: reader });
    assertInstanceOf(error, SystemError);
    assertEquals([error.code, error.errno, error.syscall, error.fd], [
      "ESPIPE",
      -29,
      "lseek",
      reader,
    ]);
    assertEquals(error.message.startsWith(`lseek on fd ${reader} (pipe:[`), true);
  });
});
