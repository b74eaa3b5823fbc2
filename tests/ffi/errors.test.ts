import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import os from "node:os";
import {
  BusyResourceError,
  ClosedResourceError,
  SystemError,
  UnsupportedPlatformError,
} from "../../mod.ts";
import { EBADF, EINVAL } from "../../src/ffi/constants.ts";
import { systemError } from "../../src/ffi/errors.ts";
import { lastErrno, libc } from "../../src/ffi/libc.ts";
import { throwIfFailed } from "../../src/ffi/results.ts";

describe("a SystemError", () => {
  it("follows Node's convention, and says it all", () => {
    const error = systemError(28, "epoll_ctl", { fd: 7000, hint: "Raise the limit" });
    assertInstanceOf(error, Error);
    assertEquals(error.name, "SystemError");
    assertEquals(error.code, "ENOSPC");
    assertEquals(error.errno, -28);
    assertEquals(error.syscall, "epoll_ctl");
    assertEquals(error.fd, 7000);
    assertEquals(
      error.message,
      "epoll_ctl on fd 7000 failed: ENOSPC (-28): No space left on device. Raise the limit",
    );
  });

  it("names the path that it is about", () => {
    const error = systemError(2, "open", { path: "/a b" });
    assertEquals([error.syscall, error.path, error.code], ["open", "/a b", "ENOENT"]);
    assertEquals(error.message, 'open of "/a b" failed: ENOENT (-2): No such file or directory');
  });

  it("has no fd where there is none", () => {
    const error = systemError(24, "eventfd");
    assert(!("fd" in error));
    assertEquals(error.message, "eventfd failed: EMFILE (-24): Too many open files");
  });

  it("has a code for any number", () => {
    assertEquals(systemError(11, "x").code, "EAGAIN");
    assertEquals(systemError(109, "x").code, "ETOOMANYREFS");
    for (const nameless of [0, 41, 58, 134, 9999, -1]) {
      assertEquals(systemError(nameless, "x").code, `E${nameless}`);
    }
  });

  it("has Node's code for each number of Node's", () => {
    for (const [name, number] of Object.entries(os.constants.errno)) {
      const { code } = systemError(number, "x");
      assertEquals(os.constants.errno[code as never], number, name);
    }
    assertEquals(systemError(95, "x").code, "ENOTSUP");
  });

  it("carries the errno of the call before it", () => {
    const error = assertThrows(() => throwIfFailed(libc().close(-1), "close", -1), SystemError);
    assertEquals(error.code, "EBADF");
  });
});

describe("errno", () => {
  it("is the last call's, also while the garbage collector is busy", () => {
    const wrong: [round: number, errno: number][] = [];
    for (let round = 0; round < 20_000; round++) {
      const garbage = new Array(50).fill(round).map(String);
      const isEven = round % 2 === 0;
      if (isEven) libc().close(-1);
      else libc().eventfd(0, -1);
      const errno = lastErrno();
      if (errno !== (isEven ? EBADF : EINVAL)) wrong.push([round, errno]);
      assertEquals(garbage.length, 50);
    }
    assertEquals(wrong, []);
  });
});

describe("errors", () => {
  it("have the names of their classes", () => {
    assertEquals(new BusyResourceError("x").name, "BusyResourceError");
    assertEquals(new ClosedResourceError("x").name, "ClosedResourceError");
    assertEquals(new UnsupportedPlatformError("x").name, "UnsupportedPlatformError");
  });
});
