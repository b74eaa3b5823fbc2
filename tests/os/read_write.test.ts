import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds, fill } from "../support/fds.ts";

describe("read and write", () => {
  it("say how many bytes, that it would block, and that it is the end", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const buffer = new Uint8Array(4);
    assertEquals(os.read(from, buffer), undefined);
    assertEquals(os.write(to, new TextEncoder().encode("hello")), 5);
    assertEquals(os.read(from, buffer), 4);
    assertEquals(new TextDecoder().decode(buffer), "hell");
    assertEquals(os.read(from, buffer.subarray(1, 3)), 1);
    assertEquals(new TextDecoder().decode(buffer), "holl");
    assertEquals(os.write(to, new Uint8Array(0)), 0);
    fill(to);
    assertEquals(os.write(to, buffer), undefined);
    fds.close(to);
    while (os.read(from, new Uint8Array(65536))! > 0);
    assertEquals(os.read(from, buffer), 0);
  });

  it("fail with what the kernel says", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const wrongWay = assertThrows(() => os.read(to, new Uint8Array(1)), SystemError, "EBADF");
    assertInstanceOf(wrongWay, SystemError);
    assertEquals([wrongWay.syscall, wrongWay.fd], ["read", to]);
    fds.close(from);
    assertThrows(() => os.write(to, new Uint8Array(1)), SystemError, "EPIPE");
    assertThrows(() => os.read(9999, new Uint8Array(1)), SystemError, "EBADF");
    assertThrows(() => os.read(0, new Uint8Array(0)), TypeError);
    assertThrows(() => os.close(9999), SystemError, "EBADF");
    assertThrows(() => os.dup(9999), SystemError, "EBADF");
    assertThrows(() => os.setNonblocking(9999, true), SystemError, "EBADF");
  });
});
