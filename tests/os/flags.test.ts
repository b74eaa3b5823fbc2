/** Flags of new descriptors, and changing them. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { acceptFrom, connectTo } from "../support/libc.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("every function that opens a descriptor", () => {
  it("makes it nonblocking and close-on-exec", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const pty = os.openpty();
    const listener = os.listenTcp("127.0.0.1", 0);
    const all = {
      open: os.open("/dev/null", os.O_RDWR),
      pipe: os.pipe(),
      packets: os.pipe(os.O_DIRECT),
      socketpair: os.socketpair(),
      datagrams: os.socketpair(os.SOCK_DGRAM),
      eventfd: os.eventfd(1, os.EFD_SEMAPHORE),
      memfd: os.memfdCreate("flags"),
      controller: pty.controller,
      terminal: pty.terminal,
      timerfd: os.timerfd({ initial: 1000 }),
      inotify: os.inotify(),
      unix: os.listenUnix(join(folder.path, "socket")),
      tcp: listener,
      tcp6: os.listenTcp("::1", 0),
      client: connectTo(listener),
      accepted: acceptFrom(listener),
    };
    for (const fd of Object.values(all).flat()) fds.own(fd);
    const { client: _, ...ours } = all;
    for (const [name, value] of Object.entries(ours)) {
      for (const fd of [value].flat()) {
        const flags = flagsOf(fd);
        assert(flags & os.O_NONBLOCK, `${name} blocks`);
        assert(flags & os.O_CLOEXEC, `${name} is inherited`);
      }
    }
  });
});

describe("dup()", () => {
  it("makes the duplicate close-on-exec", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const copy = fds.own(os.dup(reader));
    assert(flagsOf(copy) & os.O_CLOEXEC);
    os.write(writer, new Uint8Array([1, 2, 3]));
    assertEquals(os.read(copy, new Uint8Array(8)), 3);
  });
});

describe("setNonblocking()", () => {
  it("sets whether the open file blocks, and returns whether it did not", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    assertEquals(os.setNonblocking(reader, false), true);
    assertEquals(flagsOf(reader) & os.O_NONBLOCK, 0);
    assertEquals(os.setNonblocking(reader, true), false);
    assertEquals(os.setNonblocking(reader, true), true);
    assert(flagsOf(reader) & os.O_NONBLOCK);
  });
});
