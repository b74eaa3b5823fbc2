/** Open files whose flags other descriptors share. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { FdStream, SystemError } from "../../mod.ts";
import { libc, osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EACCES, EMFILE, ENFILE } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { countFdsOf, Fds, poke } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { isOpen, makeFifo, makeRaw } from "../support/libc.ts";
import { run } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { assertPending } from "../support/waits.ts";

/** Two connected ends; a stream takes over the near one. */
interface Ends {
  readonly near: number;
  readonly far: number;
}

type Open = (fds: Fds) => Ends;

/** Files that a stream reads without changing their flags. */
const readable: Record<string, Open> = {
  pipe: (fds) => {
    const [near, far] = fds.pipe();
    return { near, far };
  },
  fifo: (fds) => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "fifo");
    makeFifo(path);
    return { near: fds.own(os.open(path, os.O_RDONLY)), far: fds.own(os.open(path, os.O_WRONLY)) };
  },
  socket: (fds) => {
    const [near, far] = fds.socketpair();
    return { near, far };
  },
  terminal: (fds) => {
    const { controller, terminal } = os.openpty();
    makeRaw(terminal);
    return { near: fds.own(terminal), far: fds.own(controller) };
  },
};

const writable: Record<string, Open> = {
  ...readable,
  pipe: (fds) => {
    const [far, near] = fds.pipe();
    return { near, far };
  },
  fifo: (fds) => {
    const { near, far } = readable.fifo!(fds);
    return { near: far, far: near };
  },
};

/** A device that must not be opened again: it would be another pseudo-terminal. */
const device: Open = (fds) => {
  const { near, far } = readable.terminal!(fds);
  return { near: far, far: near };
};

/** Files that need a second descriptor. */
const openedAgain: ReadonlySet<string> = new Set(["pipe", "fifo", "terminal"]);

function isBlocking(fd: number): boolean {
  return (flagsOf(fd) & os.O_NONBLOCK) === 0;
}

describeForDrivers("FdStream of a blocking file", (it) => {
  for (const [kind, open] of Object.entries(readable)) {
    it(`read() neither blocks nor changes the flags: ${kind}`, async ({ manager, fds }) => {
      const { near, far } = open(fds);
      os.setNonblocking(near, false);
      const before = [flagsOf(near), countFdsOf(near)];
      {
        using stream = new FdStream(os.dup(near), { manager });
        assertNotEquals(stream.fd, near);
        const reading = stream.read(new Uint8Array(8));
        await assertPending(manager, reading);
        assert(isBlocking(near));
        poke(far);
        assertEquals(await reading, 1);
      }
      assertEquals([flagsOf(near), countFdsOf(near)], before);
      poke(far);
      assertEquals(os.read(near, new Uint8Array(8)), 1, "the file still works");
    });
  }

  for (const [kind, open] of Object.entries(writable)) {
    it(`writeAll() neither blocks nor changes the flags: ${kind}`, async ({ manager, fds }) => {
      const { near, far } = open(fds);
      os.setNonblocking(near, false);
      const before = [flagsOf(near), countFdsOf(near)];
      {
        using stream = new FdStream(os.dup(near), { manager });
        using reader = new FdStream(os.dup(far), { manager });
        const writing = stream.writeAll(new Uint8Array(1_000_000));
        await assertPending(manager, writing);
        assert(isBlocking(near));
        const buffer = new Uint8Array(65536);
        for (let total = 0; total < 1_000_000;) total += (await reader.read(buffer)) ?? 0;
        await writing;
      }
      assertEquals([flagsOf(near), countFdsOf(near)], before);
    });
  }

  it("read() continues after another stream of the file was closed", async ({ manager, fds }) => {
    const { near, far } = readable.terminal!(fds);
    os.setNonblocking(near, false);
    using input = new FdStream(os.dup(near), { manager });
    const output = new FdStream(os.dup(near), { manager });
    await output.writeAll(new Uint8Array([1]));
    output.close();
    const reading = input.read(new Uint8Array(8));
    await assertPending(manager, reading);
    poke(far);
    assertEquals(await reading, 1);
  });

  it("read() continues after another stream of the device was closed", async ({ manager, fds }) => {
    const { near, far } = device(fds);
    os.setNonblocking(near, false);
    using input = new FdStream(os.dup(near), { manager });
    {
      using first = new FdStream(os.dup(near), { manager });
      using second = new FdStream(os.dup(near), { manager });
      first.close();
      const reading = second.read(new Uint8Array(8));
      await assertPending(manager, reading);
      poke(far);
      assertEquals(await reading, 1);
    }
    const reading = input.read(new Uint8Array(8));
    await assertPending(manager, reading);
    input.close();
    await reading.catch(() => {});
    assert(isBlocking(near));
  });

  for (const [kind, open] of Object.entries({ ...writable, device })) {
    it(`writeAll() doesn't block after a child made the file blocking: ${kind}`, async ({ manager, fds }) => {
      const { near, far } = open(fds);
      using stream = new FdStream(os.dup(near), { manager });
      os.setNonblocking(near, false);
      const writing = stream.writeAll(new Uint8Array(1_000_000));
      const settled = writing.catch((error) => error.name);
      await assertPending(manager, settled);
      stream.close();
      assertEquals(await settled, "ClosedResourceError");
      assert(isBlocking(near));
      assert(os.read(far, new Uint8Array(8))! > 0);
    });
  }

  for (const [kind, open] of Object.entries({ ...readable, device })) {
    it(`read() doesn't block if the file is made blocking during its wait: ${kind}`, async ({ manager, fds }) => {
      const { near, far } = open(fds);
      using stream = new FdStream(os.dup(near), { manager });
      for (const blocking of [true, false, true]) {
        const reading = stream.read(new Uint8Array(8));
        await assertPending(manager, reading);
        os.setNonblocking(near, !blocking);
        poke(far);
        assertEquals(await reading, 1);
      }
    });
  }

  it("read() sees the end of a pipe, and writeAll() a closed reader", async ({ manager }) => {
    for (const closing of ["reader", "writer"]) {
      const [readFd, writeFd] = os.pipe();
      os.setNonblocking(readFd, false);
      os.setNonblocking(writeFd, false);
      using reader = new FdStream(readFd, { manager });
      using writer = new FdStream(writeFd, { manager });
      if (closing === "writer") {
        const reading = reader.read(new Uint8Array(8));
        await assertPending(manager, reading);
        writer.close();
        assertEquals(await reading, null);
      } else {
        const writing = writer.writeAll(new Uint8Array(1_000_000)).catch((error) => error.code);
        await assertPending(manager, writing);
        reader.close();
        assertEquals(await writing, "EPIPE");
      }
    }
  });

  it("close() ends waits for both of its descriptors", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    os.setNonblocking(readFd, false);
    const stream = new FdStream(readFd, { manager });
    const waits = [stream.read(new Uint8Array(1)), manager.waitReadable(stream)];
    const names = Promise.all(waits.map((wait) => wait.catch((error) => error.name)));
    await assertPending(manager, names);
    stream.close();
    assertEquals(await names, ["ClosedResourceError", "ClosedResourceError"]);
    os.close(writeFd);
  });
});

describe("FdStream of a file that can't be opened again", () => {
  /** Asserts that a stream makes the file nonblocking, reads it, and restores it. */
  async function assertSetAndRestored({ near, far }: Ends): Promise<void> {
    os.setNonblocking(near, false);
    const before = countFdsOf(near);
    {
      using stream = new FdStream(os.dup(near));
      assert(!isBlocking(near));
      poke(far);
      assertEquals(await stream.read(new Uint8Array(8)), 1);
    }
    assert(isBlocking(near));
    assertEquals(countFdsOf(near), before);
  }

  it("makes a device nonblocking while it is open", async () => {
    using fds = new Fds();
    await assertSetAndRestored(device(fds));
  });

  const ends: Record<string, (fd: number) => unknown> = {
    "close() from ./os": (fd) => os.close(fd),
    "another stream took over the number": (fd) => new FdStream(fd).close(),
    "another stream of the number wrote": async (fd) => {
      using other = new FdStream(fd);
      await other.write(new Uint8Array(1));
    },
    "a stream took over a duplicate, and close() from ./os": (fd) => {
      using _other = new FdStream(os.dup(fd));
      os.close(fd);
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    it(`restores the flags after ${how}`, async () => {
      using fds = new Fds();
      const { near } = device(fds);
      os.setNonblocking(near, false);
      const stream = new FdStream(os.dup(near));
      await end(stream.fd);
      assertEquals([stream.fd, isBlocking(near)], [-1, true]);
    });
  }

  it("leaves the flags alone after its number was reused", () => {
    using fds = new Fds();
    const { near } = device(fds);
    os.setNonblocking(near, false);
    const stream = new FdStream(os.dup(near));
    const { fd } = stream;
    const { controller } = fds.openpty();
    libc().close(fd);
    fds.reuse(fd, controller);
    assertEquals([stream.fd, isBlocking(fd)], [-1, false]);
  });

  it("makes a pipe or terminal of another user nonblocking while it is open", async () => {
    using fds = new Fds();
    for (const kind of ["pipe", "terminal"]) {
      const ends = readable[kind]!(fds);
      using refused = failingIn(osLibc(), "open", EACCES, -1);
      await assertSetAndRestored(ends);
      assertEquals(refused.count, 1);
    }
  });

  it("leaves the file as it was if no descriptor is left", () => {
    for (const errno of [EMFILE, ENFILE]) {
      using fds = new Fds();
      const { near } = readable.pipe!(fds);
      os.setNonblocking(near, false);
      using _refused = failingIn(osLibc(), "open", errno, -1);
      const error = assertThrows(() => new FdStream(near), SystemError);
      assertEquals(error.errno, -errno);
      assert(isBlocking(near));
      assert(isOpen(near));
    }
  });

  it("makes a FIFO without readers nonblocking while it is open", async () => {
    using fds = new Fds();
    const { near, far } = writable.fifo!(fds);
    os.setNonblocking(near, false);
    fds.close(far);
    using stream = new FdStream(os.dup(near));
    assert(!isBlocking(near));
    assertEquals(await stream.write(new Uint8Array(1)).catch((error) => error.code), "EPIPE");
  });
});

describe("FdStream of a file that doesn't block", () => {
  it("leaves the flags of a nonblocking file alone", () => {
    for (const [kind, open] of Object.entries({ ...readable, device })) {
      using fds = new Fds();
      const { near } = open(fds);
      const before = [flagsOf(near), countFdsOf(near)];
      const stream = new FdStream(os.dup(near));
      assertEquals(countFdsOf(near), before[1]! + (openedAgain.has(kind) ? 2 : 1), kind);
      assertEquals(flagsOf(near), before[0], kind);
      stream.close();
      assertEquals([flagsOf(near), countFdsOf(near)], before, kind);
    }
  });

  it("makes a pollable file in /proc nonblocking", () => {
    using fds = new Fds();
    // Like /proc/kmsg, but every user may open it.
    const fd = fds.own(os.open("/proc/self/mounts", os.O_RDONLY));
    os.setNonblocking(fd, false);
    using stream = new FdStream(os.dup(fd));
    assert(!isBlocking(fd));
    stream.close();
    assert(isBlocking(fd));
  });

  it("reads a device that epoll refuses without changing it", async () => {
    using fds = new Fds();
    for (const path of ["/dev/zero", "/dev/full"]) {
      const fd = fds.own(os.open(path, os.O_RDWR));
      os.setNonblocking(fd, false);
      using stream = new FdStream(os.dup(fd));
      assertEquals(await stream.read(new Uint8Array(3)), 3);
      assert(isBlocking(fd), path);
    }
  });

  it("reads a regular file without changing it", async () => {
    using fds = new Fds();
    const fd = fds.own(os.open(new URL(import.meta.url).pathname, os.O_RDONLY));
    os.setNonblocking(fd, false);
    using stream = new FdStream(os.dup(fd));
    assertEquals(await stream.read(new Uint8Array(3)), 3);
    assert(isBlocking(fd));
  });
});

describeForDrivers("FdStream of a terminal with a VMIN of 0", (it) => {
  it("read() and readable wait although read(2) returns 0", async ({ manager, fds }) => {
    const { near, far } = readable.terminal!(fds);
    const termios = os.tcgetattr(near);
    termios.cc[os.VMIN] = 0;
    os.tcsetattr(near, termios);
    assertEquals(os.read(near, new Uint8Array(8)), 0, "the terminal has a minimum");
    using stream = new FdStream(os.dup(near), { manager });
    const reading = stream.read(new Uint8Array(8));
    await assertPending(manager, reading);
    poke(far);
    assertEquals(await reading, 1);
    const [text] = await Promise.all([
      stream.readable.getReader().read().then(({ value }) => value),
      assertPending(manager).then(() => poke(far)),
    ]);
    assertEquals(text?.length, 1);
  });
});

describe("FdStream of a terminal", () => {
  for (const end of ["close", "return", "throw", "exit"]) {
    it(`leaves its flags as they were in a program that ends with ${end}`, async () => {
      using fds = new Fds();
      const { near, far } = readable.terminal!(fds);
      os.setNonblocking(near, false);
      poke(far);
      const { output } = await run("terminal_reader", { args: [end], stdin: near });
      assert(output.includes("read 1"), output);
      assert(isBlocking(near));
    });
  }
});
