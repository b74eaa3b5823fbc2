/** The second descriptor of a stream, whose number other code may close or reuse. */

import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClosedResourceError, type EpollIOManager, FdStream, SystemError } from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { flushMicrotasks } from "../support/event_loop.ts";
import { type Fds, fill, listFdsOf } from "../support/fds.ts";
import { isOpen, makeRaw } from "../support/libc.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { assertPending, rejection } from "../support/waits.ts";

/** Ends of files that a stream opens again. */
const files: Record<string, (fds: Fds) => { reads: number; writes: number }> = {
  pipe: (fds) => {
    const [reads, writes] = fds.pipe();
    return { reads, writes };
  },
  terminal: (fds) => {
    const { controller, terminal } = os.openpty();
    makeRaw(terminal);
    fds.own(controller);
    return { reads: fds.own(terminal), writes: terminal };
  },
};

const closers: Record<string, (fd: number) => void> = {
  "close() from ./os": os.close,
  "close(2)": (fd) => libc().close(fd),
};

/** A stream of `fd`, and the number of its second descriptor, which has the same file. */
function streamWithSecond(fd: number, manager: EpollIOManager): [stream: FdStream, second: number] {
  const before = new Set(listFdsOf(fd));
  const stream = new FdStream(fd, { manager });
  const opened = listFdsOf(fd).filter((other) => !before.has(other));
  assertEquals(opened.length, 1);
  return [stream, opened[0]!];
}

describeForDrivers("FdStream whose second descriptor was closed elsewhere", (it) => {
  for (const [kind, open] of Object.entries(files)) {
    for (const [how, close] of Object.entries(closers)) {
      it(`leaves a file with the reused number alone: ${kind}, ${how}`, async ({ manager, fds }) => {
        using folder = new TemporaryFolder();
        const path = join(folder.path, "victim");
        const victim = fds.own(os.open(path, os.O_RDWR | os.O_CREAT));
        const { writes } = open(fds);
        const fd = os.dup(writes);
        const [stream, second] = streamWithSecond(fd, manager);
        close(second);
        fds.reuse(second, victim);
        const bytes = new TextEncoder().encode("not for you");
        for (const operation of ["read", "write", "writeAll"] as const) {
          const error = await rejection(stream[operation](bytes), SystemError, `fd ${fd}`);
          assertEquals(error.code, "EBADF");
        }
        stream.close();
        assertEquals([isOpen(fd), isOpen(second)], [false, true]);
        assertEquals(readFileSync(path, "utf8"), "");
      });
    }

    it(`rejects a pending read() with ClosedResourceError: ${kind}`, async ({ manager, fds }) => {
      const { reads } = open(fds);
      const fd = os.dup(reads);
      const [stream, second] = streamWithSecond(fd, manager);
      const reading = stream.read(new Uint8Array(8));
      await assertPending(manager, reading);
      os.close(second);
      await rejection(reading, ClosedResourceError);
      stream.close();
    });
  }
});

describeForDrivers("notifyClosing() of a stream's descriptor", (it) => {
  const all: typeof files = {
    ...files,
    socket: (fds) => {
      const [reads, writes] = fds.socketpair();
      return { reads, writes };
    },
  };
  for (const [kind, open] of Object.entries(all)) {
    it(`rejects its pending reads and writes: ${kind}`, async ({ manager, fds }) => {
      const { reads, writes } = open(fds);
      using reader = new FdStream(os.dup(reads), { manager });
      using writer = new FdStream(os.dup(writes), { manager });
      const reading = reader.read(new Uint8Array(8));
      await assertPending(manager, reading);
      manager.notifyClosing(reader);
      await rejection(reading, ClosedResourceError);
      const writing = writer.writeAll(new Uint8Array(1_000_000));
      await assertPending(manager, writing);
      manager.notifyClosing(writer);
      await rejection(writing, ClosedResourceError);
    });
  }

  it("leaves another stream of the same file alone", async ({ manager, fds }) => {
    const [readFd, writeFd] = fds.pipe();
    using other = new FdStream(os.dup(readFd), { manager });
    const reading = other.read(new Uint8Array(8));
    const stream = new FdStream(os.dup(readFd), { manager });
    manager.notifyClosing(stream);
    stream.close();
    manager.notifyClosing(readFd);
    await assertPending(manager, reading);
    os.write(writeFd, new Uint8Array(3));
    assertEquals(await reading, 3);
  });

  const endless: Record<string, (fds: Fds) => number> = {
    "a file": () => os.open("/dev/zero", os.O_RDONLY),
    "a pipe": (fds) => {
      const [reader, writer] = fds.pipe();
      fill(writer);
      return os.dup(reader);
    },
  };
  for (const [kind, open] of Object.entries(endless)) {
    it(`rejects a read() that lets the event loop run: ${kind}`, async ({ manager, fds }) => {
      using stream = new FdStream(open(fds), { manager });
      let reading: Promise<number | null>;
      let settled: boolean;
      do {
        settled = false;
        reading = stream.read(new Uint8Array(1));
        reading.finally(() => settled = true).catch(() => {});
        await flushMicrotasks();
      } while (settled);
      manager.notifyClosing(stream);
      await rejection(reading, ClosedResourceError);
      assertEquals(await stream.read(new Uint8Array(1)), 1);
    });
  }
});
