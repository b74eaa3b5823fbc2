/** Pairs of connected descriptors. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";

function own(fds: Fds, pair: [number, number]): [number, number] {
  for (const fd of pair) fds.own(fd);
  return pair;
}

const buffer = new Uint8Array(64);

describe("pipe()", () => {
  it("makes a pipe of packets with O_DIRECT", () => {
    using fds = new Fds();
    const [reader, writer] = own(fds, os.pipe(os.O_DIRECT));
    for (const length of [3, 5]) os.write(writer, new Uint8Array(length));
    assertEquals([os.read(reader, buffer), os.read(reader, buffer)], [3, 5]);
    for (const fd of [reader, writer]) {
      assert(flagsOf(fd) & os.O_NONBLOCK);
      assert(flagsOf(fd) & os.O_CLOEXEC);
    }
    assert(os.fcntl(writer, os.F_GETFL) & os.O_DIRECT);
  });

  it("throws EINVAL for flags that pipes don't have", () => {
    const error = assertThrows(() => os.pipe(os.O_APPEND), SystemError, "EINVAL");
    assertEquals(error.syscall, "pipe2");
  });
});

describe("socketpair()", () => {
  it("makes sockets of each type, a stream by default", () => {
    using fds = new Fds();
    for (
      const [type, lengths] of [
        [undefined, [8]],
        [os.SOCK_STREAM, [8]],
        [os.SOCK_DGRAM, [3, 5]],
        [os.SOCK_SEQPACKET, [3, 5]],
      ] as const
    ) {
      const [a, b] = own(fds, os.socketpair(type));
      for (const length of [3, 5]) os.write(a, new Uint8Array(length));
      for (const length of lengths) assertEquals(os.read(b, buffer), length);
      assertEquals(os.read(b, buffer), undefined);
      for (const fd of [a, b]) {
        assert(flagsOf(fd) & os.O_NONBLOCK);
        assert(flagsOf(fd) & os.O_CLOEXEC);
      }
    }
  });

  it("throws the errno of a type that Unix sockets don't have", () => {
    const error = assertThrows(() => os.socketpair(77), SystemError, "EINVAL");
    assertEquals(error.syscall, "socketpair");
  });
});
