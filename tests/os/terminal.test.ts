/** Terminals besides their settings. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError, waitReadable } from "../../mod.ts";
import { osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { EIO } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { Fds } from "../support/fds.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";

const size: os.WindowSize = { rows: 24, columns: 80, pixelWidth: 640, pixelHeight: 480 };

describe("getWindowSize() and setWindowSize()", () => {
  it("return what was set on the other end", () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
    assertEquals(
      os.getWindowSize(terminal),
      { rows: 0, columns: 0, pixelWidth: 0, pixelHeight: 0 },
    );
    os.setWindowSize(controller, size);
    assertEquals(os.getWindowSize(terminal), size);
    os.setWindowSize(terminal, { rows: 65535, columns: 1 });
    const { rows, columns, pixelWidth } = os.getWindowSize(controller);
    assertEquals([rows, columns, pixelWidth], [65535, 1, 0]);
  });

  it("throw ENOTTY for a pipe", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    assertThrows(() => os.getWindowSize(reader), SystemError, "ENOTTY");
    assertThrows(() => os.setWindowSize(reader, size), SystemError, "ENOTTY");
  });
});

describe("tcgetpgrp()", () => {
  it("returns 0 for a terminal without a session", () => {
    using fds = new Fds();
    assertEquals(os.tcgetpgrp(fds.openpty().controller), 0);
  });

  it("throws ENOTTY for a terminal that isn't the program's own", () => {
    using fds = new Fds();
    assertThrows(() => os.tcgetpgrp(fds.openpty().terminal), SystemError, "ENOTTY");
  });
});

describe("tcsendbreak()", () => {
  it("returns on a terminal without breaks, and throws ENOTTY for a pipe", () => {
    using fds = new Fds();
    os.tcsendbreak(fds.openpty().terminal);
    assertThrows(() => os.tcsendbreak(fds.pipe()[0]), SystemError, "ENOTTY");
  });
});

describe("tcdrain()", () => {
  it("returns true once nothing is left to send", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    os.write(terminal, new TextEncoder().encode("hello"));
    assertEquals(os.tcdrain(terminal), true);
    assertThrows(() => os.tcdrain(fds.pipe()[0]), SystemError, "ENOTTY");
  });

  /** A port whose driver answers `request` with `value`. */
  function answering(request: number, value: number) {
    const functions = osLibc();
    const { ioctl } = functions;
    functions.ioctl = (fd, operation, memory) => {
      if (operation !== BigInt(request)) return ioctl(fd, operation, memory);
      (memory as Int32Array)[0] = value;
      return 0;
    };
    return { [Symbol.dispose]: () => void (functions.ioctl = ioctl) };
  }

  it("returns false while the queue or the device's own buffer isn't empty", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    for (const left of [1, 4096]) {
      using _queue = answering(os.TIOCOUTQ, left);
      assertEquals(os.tcdrain(terminal), false);
    }
    for (const state of [0, os.TIOCSER_TEMT]) {
      using _device = answering(os.TIOCSERGETLSR, state);
      assertEquals(os.tcdrain(terminal), state !== 0);
    }
  });

  it("throws the error of a device that fails", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    const isState = (...[, operation]: unknown[]) => operation === BigInt(os.TIOCSERGETLSR);
    using _fault = failingIn(osLibc(), "ioctl", EIO, -1, isState);
    assertThrows(() => os.tcdrain(terminal), SystemError, "EIO");
  });
});

describe("tcflush()", () => {
  it("discards the queue", async () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
    const hello = new TextEncoder().encode("hello\n");
    const buffer = new Uint8Array(64);
    for (const [queue, left] of [[os.TCIFLUSH, undefined], [os.TCOFLUSH, 6]] as const) {
      os.write(controller, hello);
      await waitReadable(terminal);
      os.tcflush(terminal, queue);
      assertEquals(os.read(terminal, buffer), left);
    }
    assertThrows(() => os.tcflush(fds.pipe()[0], os.TCIFLUSH), SystemError, "ENOTTY");
  });
});

describeUnless(cannotRunPython(), "the terminal, compared with Python's,", () => {
  it("has the same window", async () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
    os.setWindowSize(controller, size);
    assertEquals(await runPython(terminal, "list(os.get_terminal_size(0))"), [80, 24]);
    await runPython(
      terminal,
      "len(fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 1, 2, 3, 4)))",
    );
    assertEquals(
      os.getWindowSize(controller),
      { rows: 1, columns: 2, pixelWidth: 3, pixelHeight: 4 },
    );
  });

  it("has the same foreground process group", async () => {
    using fds = new Fds();
    const { controller, name } = fds.openpty();
    const [a, b] = fds.socketpair();
    // A session whose terminal it is, until the socket's other end is closed.
    const seen = runPython(
      b,
      `pid = os.fork()
      if pid: os.waitpid(pid, 0); os._exit(0)
      os.setsid()
      terminal = os.open('${name}', os.O_RDWR)
      group = os.tcgetpgrp(terminal)
      os.write(0, struct.pack('=i', group)); select.select([0], [], []); os.read(0, 1)
      group`,
    );
    const group = new Int32Array(1);
    await waitReadable(a);
    assertEquals(os.read(a, group), 4);
    assertEquals(os.tcgetpgrp(controller), group[0]);
    fds.close(a);
    assertEquals(await seen, group[0]);
    assertEquals(os.tcgetpgrp(controller), 0);
  });
});
