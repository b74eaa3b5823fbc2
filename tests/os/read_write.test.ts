import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds, fill } from "../support/fds.ts";

describe("read() and write()", () => {
  it("return the number of bytes, undefined if they would block, and 0 at the end", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const buffer = new Uint8Array(4);
    assertEquals(os.read(reader, buffer), undefined);
    assertEquals(os.write(writer, new TextEncoder().encode("hello")), 5);
    assertEquals(os.read(reader, buffer), 4);
    assertEquals(new TextDecoder().decode(buffer), "hell");
    assertEquals(os.read(reader, buffer.subarray(1, 3)), 1);
    assertEquals(new TextDecoder().decode(buffer), "holl");
    assertEquals(os.write(writer, new Uint8Array(0)), 0);
    fill(writer);
    assertEquals(os.write(writer, buffer), undefined);
    fds.close(writer);
    while (os.read(reader, new Uint8Array(65536))! > 0);
    assertEquals(os.read(reader, buffer), 0);
  });

  it("throw the kernel's error with the descriptor", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const wrongWay = assertThrows(() => os.read(writer, new Uint8Array(1)), SystemError, "EBADF");
    assertInstanceOf(wrongWay, SystemError);
    assertEquals([wrongWay.syscall, wrongWay.fd], ["read", writer]);
    fds.close(reader);
    assertThrows(() => os.write(writer, new Uint8Array(1)), SystemError, "EPIPE");
    assertThrows(() => os.read(9999, new Uint8Array(1)), SystemError, "EBADF");
    assertThrows(() => os.read(0, new Uint8Array(0)), TypeError);
    assertThrows(() => os.close(9999), SystemError, "EBADF");
    assertThrows(() => os.dup(9999), SystemError, "EBADF");
    assertThrows(() => os.setNonblocking(9999, true), SystemError, "EBADF");
  });
});
