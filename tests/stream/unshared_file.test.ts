/** Open files that only the stream uses. */

import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { ClosedResourceError, FdStream } from "../../mod.ts";
import { libc, osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { failingIn } from "../support/faults.ts";
import { countFdsOf, type Fds, poke } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { isOpen, makeFifo, makeRaw } from "../support/libc.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { assertPending, rejection } from "../support/waits.ts";

interface Ends {
  /** A blocking file, which a stream takes over. */
  readonly near: number;
  readonly far: number;
}

const files: Record<string, (fds: Fds) => Ends> = {
  pipe: (fds) => {
    const [near, far] = os.pipe();
    return { near, far: fds.own(far) };
  },
  fifo: (fds) => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "fifo");
    makeFifo(path);
    const near = os.open(path, os.O_RDONLY);
    return { near, far: fds.own(os.open(path, os.O_WRONLY)) };
  },
  socket: (fds) => {
    const [near, far] = os.socketpair();
    return { near, far: fds.own(far) };
  },
  terminal: (fds) => {
    const { controller, terminal } = os.openpty();
    makeRaw(terminal);
    return { near: terminal, far: fds.own(controller) };
  },
  device: (fds) => {
    const { controller, terminal } = os.openpty();
    makeRaw(terminal);
    return { near: controller, far: fds.own(terminal) };
  },
};

describeForDrivers("FdStream with shared: false", (it) => {
  for (const [kind, open] of Object.entries(files)) {
    it(`reads without a second descriptor: ${kind}`, async ({ manager, fds }) => {
      const { near, far } = open(fds);
      os.setNonblocking(near, false);
      const before = countFdsOf(near);
      using stream = new FdStream(near, { manager, shared: false });
      assertEquals(countFdsOf(near), before);
      const reading = stream.read(new Uint8Array(8));
      await assertPending(manager, reading);
      poke(far);
      assertEquals(await reading, 1);
      stream.close();
      assertEquals(isOpen(near), false);
    });

    it(`doesn't look at the flags before a read: ${kind}`, async ({ manager, fds }) => {
      const { near, far } = open(fds);
      using stream = new FdStream(near, { manager, shared: false });
      poke(far);
      using calls = failingIn(libc(), "fcntl", 0, 0);
      assertEquals([await stream.read(new Uint8Array(8)), calls.count], [1, 0]);
    });
  }

  it("makes the file nonblocking", ({ manager, fds }) => {
    const [reader] = fds.pipe();
    os.setNonblocking(reader, false);
    using stream = new FdStream(os.dup(reader), { manager, shared: false });
    assertEquals((flagsOf(stream.fd) & os.O_NONBLOCK) !== 0, true);
  });

  it("notifyClosing() ends operations without closing the descriptor", async ({ manager, fds }) => {
    const { near } = files.terminal!(fds);
    using stream = new FdStream(near, { manager, shared: false });
    const reading = rejection(stream.read(new Uint8Array(8)), ClosedResourceError);
    await assertPending(manager, reading);
    manager.notifyClosing(stream);
    await reading;
    assertEquals(stream.fd, near);
    assertEquals(os.tcgetattr(near).ospeed > 0, true);
  });

  it("throws a TypeError for a value that isn't a boolean", ({ manager, fds }) => {
    const [reader] = fds.pipe();
    for (const shared of [null, 0, "false"]) {
      assertThrows(() => new FdStream(reader, { manager, shared: shared as never }), TypeError);
    }
  });

  it("opens the file again if it is true or undefined", ({ manager, fds }) => {
    const [reader] = fds.pipe();
    for (const shared of [true, undefined]) {
      using opens = failingIn(osLibc(), "open", 13, -1);
      using _stream = new FdStream(os.dup(reader), { manager, shared });
      assertEquals(opens.count, 1);
    }
  });
});
