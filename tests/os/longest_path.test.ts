/** Paths of Unix sockets that fill the whole struct, without a NUL at the end. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** An address whose path in `folder` has 108 bytes. */
function longestIn(folder: string): Uint8Array {
  const address = new Uint8Array(110);
  address[0] = os.AF_UNIX;
  new TextEncoder().encodeInto(`${folder}/`.padEnd(108, "x"), address.subarray(2));
  return address;
}

describe("a path of 108 bytes", () => {
  it("from getsockname() and getpeername() is accepted by connect()", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const address = longestIn(folder.path);
    const listener = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    os.bind(listener, address);
    os.listen(listener);
    assertEquals(os.getsockname(listener), address);
    const client = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    assertEquals(os.connect(client, os.getsockname(listener)), true);
    const other = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    assertEquals(os.connect(other, os.getpeername(client)), true);
    assertEquals(os.parseAddress(os.getpeername(client)).path?.length, 108);
  });

  it("from recvmsg() is accepted by sendmsg()", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const [a, b] = ["a", "b"].map((name) => {
      const fd = fds.own(os.socket(os.AF_UNIX, os.SOCK_DGRAM));
      const address = longestIn(folder.path);
      address[109] = name.charCodeAt(0);
      os.bind(fd, address);
      return fd;
    }) as [number, number];
    os.sendmsg(a, { data: new Uint8Array(3), address: os.getsockname(b) });
    const { address } = os.recvmsg(b, new Uint8Array(8))!;
    assertEquals(address, os.getsockname(a));
    assertEquals(os.sendmsg(b, { data: new Uint8Array(5), address }), 5);
  });
});
