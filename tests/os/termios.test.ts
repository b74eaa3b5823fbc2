/** Settings of terminals, and what else devices do. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";

const hello = new TextEncoder().encode("hello\n");

function openPty(fds: Fds): os.Pty {
  const pty = os.openpty();
  fds.own(pty.controller);
  fds.own(pty.terminal);
  return pty;
}

/** Writes `data` to one end; resolves once the other can read it, to which the kernel takes it later. */
async function pass(from: number, data: Uint8Array, to: number): Promise<void> {
  os.write(from, data);
  await waitReadable(to);
}

function textFrom(fd: number): string | undefined {
  const buffer = new Uint8Array(64);
  const count = os.read(fd, buffer);
  return count === undefined ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

describe("the speed of a terminal", () => {
  const rates = [9600, 12345, 921_600, 4_000_000, 1];
  for (const speed of rates) {
    it(`may be any, such as ${speed}`, () => {
      using fds = new Fds();
      const { terminal } = openPty(fds);
      const before = os.tcgetattr(terminal);
      os.tcsetattr(terminal, { ...before, ispeed: speed, ospeed: speed });
      assertEquals(os.tcgetattr(terminal), { ...before, ispeed: speed, ospeed: speed });
    });
  }

  it("is the same in both directions, or not", () => {
    using fds = new Fds();
    const { terminal } = openPty(fds);
    const termios = os.tcgetattr(terminal);
    os.tcsetattr(terminal, { ...termios, ispeed: 300, ospeed: 115_200 });
    const { ispeed, ospeed } = os.tcgetattr(terminal);
    assertEquals([ispeed, ospeed], [300, 115_200]);
    os.tcsetattr(terminal, { ...termios, ispeed: 0, ospeed: 76_543 });
    const same = os.tcgetattr(terminal);
    assertEquals([same.ispeed, same.ospeed], [76_543, 76_543]);
    os.tcsetattr(terminal, { ...termios, ispeed: 0, ospeed: 0 });
    assertEquals(os.tcgetattr(terminal).ospeed, 0);
  });

  it("has no bits in cflag, neither read nor taken", () => {
    using fds = new Fds();
    const { terminal } = openPty(fds);
    const B9600 = 0o15;
    const termios = os.tcgetattr(terminal);
    assertEquals(termios.cflag & 0o10017, 0);
    os.tcsetattr(terminal, { ...termios, cflag: termios.cflag | B9600, ispeed: 300, ospeed: 300 });
    assertEquals(os.tcgetattr(terminal), { ...termios, ispeed: 300, ospeed: 300 });
  });
});

describe("tcgetattr and tcsetattr", () => {
  it("read and write each setting", async () => {
    using fds = new Fds();
    const { controller, terminal } = openPty(fds);
    const termios = os.tcgetattr(terminal);
    assertEquals(termios.cc.length, 19);
    assertEquals(termios.cc[os.VINTR], 3);
    const changed: os.Termios = {
      ...termios,
      iflag: os.IXON | os.IUTF8,
      oflag: os.OPOST,
      // As a signed word, which is what `|` makes of it.
      cflag: os.CS8 | os.CREAD | os.CLOCAL | os.CRTSCTS,
      lflag: os.ICANON,
      cc: Uint8Array.from(termios.cc, (value, index) => index === os.VEOL ? 33 : value),
    };
    os.tcsetattr(terminal, changed, os.TCSADRAIN);
    assertEquals(os.tcgetattr(controller), { ...changed, cflag: changed.cflag >>> 0 });
    await pass(controller, new TextEncoder().encode("a!"), terminal);
    assertEquals(textFrom(terminal), "a!");
    await pass(controller, hello, terminal);
    os.tcsetattr(terminal, termios, os.TCSAFLUSH);
    assertEquals(textFrom(terminal), undefined);
    assertEquals(os.tcgetattr(terminal), termios);
  });

  it("refuse a setting that is wrong, whichever it is, and so does makeRaw", () => {
    using fds = new Fds();
    const { terminal } = openPty(fds);
    const termios = os.tcgetattr(terminal);
    const wrong: [name: keyof os.Termios, value: unknown, ErrorClass: typeof TypeError][] = [
      ["cc", "text", TypeError],
      ["line", 256, RangeError],
    ];
    for (const name of ["iflag", "oflag", "cflag", "lflag", "line", "ispeed", "ospeed"] as const) {
      wrong.push([name, "fast", TypeError], [name, NaN, TypeError], [name, 2 ** 40, RangeError]);
    }
    for (const [name, value, ErrorClass] of wrong) {
      const settings = { ...termios, [name]: value } as os.Termios;
      assertThrows(() => os.tcsetattr(terminal, settings), ErrorClass, undefined, name);
      assertThrows(() => os.makeRaw(settings), ErrorClass, undefined, name);
    }
    const { cc } = termios;
    os.makeRaw(termios).cc[os.VINTR] = 99;
    assertEquals([cc, cc[os.VINTR]], [os.tcgetattr(terminal).cc, 3], "it was changed");
  });

  it("refuse what is no terminal, and characters that are not 19", () => {
    using fds = new Fds();
    const { terminal } = openPty(fds);
    const termios = os.tcgetattr(terminal);
    const [from] = fds.pipe();
    assertThrows(() => os.tcgetattr(from), SystemError, "ENOTTY");
    assertThrows(() => os.tcsetattr(from, termios), SystemError, "ENOTTY");
    assertThrows(() => os.tcflush(from, os.TCIFLUSH), SystemError, "ENOTTY");
    const short = { ...termios, cc: new Uint8Array(18) };
    assertThrows(() => os.tcsetattr(terminal, short), TypeError, "18");
    assertThrows(() => os.makeRaw(short), TypeError, "18");
  });
});

describe("wrong settings", () => {
  it("are refused with the call that makes right ones", () => {
    using fds = new Fds();
    const { terminal } = openPty(fds);
    // deno-lint-ignore no-explicit-any -- what callers pass who have no types
    const wrong: any[] = [terminal, undefined, null, "raw"];
    for (const value of wrong) {
      assertThrows(() => os.makeRaw(value), TypeError, "makeRaw(tcgetattr(fd))");
      assertThrows(() => os.tcsetattr(terminal, value), TypeError, "...tcgetattr(fd)");
    }
    assertThrows(() => os.makeRaw(wrong[0]), TypeError, `settings: ${terminal}. `);
  });

  it("name all those that are left out", () => {
    using fds = new Fds();
    const { terminal } = openPty(fds);
    const termios = os.tcgetattr(terminal);
    const speeds = { ispeed: 9600, ospeed: 9600 } as os.Termios;
    const message = "undefined: iflag, oflag, cflag, lflag, line, cc. Pass all of them: ";
    assertThrows(() => os.tcsetattr(terminal, speeds), TypeError, message);
    const { line: _, ...others } = termios;
    assertThrows(() => os.makeRaw(others as os.Termios), TypeError, "undefined: line. ");
    assertEquals(os.tcgetattr(terminal), termios);
  });
});

describe("makeRaw", () => {
  it("makes settings that change nothing of what passes", async () => {
    using fds = new Fds();
    const { controller, terminal } = openPty(fds);
    const termios = os.tcgetattr(terminal);
    const before = structuredClone(termios);
    const raw = os.makeRaw(termios);
    assertEquals(termios, before);
    os.tcsetattr(terminal, raw);
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    const buffer = new Uint8Array(512);
    for (const [from, to] of [[controller, terminal], [terminal, controller]] as const) {
      os.write(from, all);
      for (let count = 0; count < 256;) {
        await waitReadable(to);
        count += os.read(to, buffer.subarray(count))!;
      }
      assertEquals(buffer.subarray(0, 256), all);
      assertEquals(os.read(from, buffer), undefined);
    }
  });
});

describe("tcflush", () => {
  it("throws away what is said", async () => {
    using fds = new Fds();
    const { controller, terminal } = openPty(fds);
    for (const [queue, left] of [[os.TCIFLUSH, undefined], [os.TCOFLUSH, "hello\n"]] as const) {
      await pass(controller, hello, terminal);
      os.tcflush(terminal, queue);
      assertEquals(textFrom(terminal), left);
    }
  });
});

describe("ioctl", () => {
  it("takes memory, of any length", () => {
    using fds = new Fds();
    const { controller, terminal } = openPty(fds);
    os.ioctl(controller, os.TIOCSWINSZ, new Uint16Array([24, 80, 1, 2]));
    const size = new Uint16Array(4);
    assertEquals(os.ioctl(terminal, os.TIOCGWINSZ, size), 0);
    assertEquals([...size], [24, 80, 1, 2]);
    const memory = new ArrayBuffer(16);
    os.ioctl(terminal, os.TIOCGWINSZ, new Uint8Array(memory, 4, 3));
    assertEquals([...new Uint8Array(memory)], [0, 0, 0, 0, 24, 0, 80, ...Array(9).fill(0)]);
    const whole = new Uint16Array(5000).fill(7);
    os.ioctl(terminal, os.TIOCGWINSZ, whole);
    assertEquals([...whole.subarray(0, 6)], [24, 80, 1, 2, 7, 7]);
    // Here the request itself tells how much is written.
    const few = new DataView(memory, 3, 8);
    new Uint8Array(memory).fill(9);
    os.ioctl(terminal, os.TCGETS2, few);
    assertEquals(few.getUint32(0, true), os.tcgetattr(terminal).iflag);
    const around = new Uint8Array(memory);
    assertEquals([...around.subarray(0, 3), ...around.subarray(11)], Array(8).fill(9));
  });

  it("takes a number, or nothing", async () => {
    using fds = new Fds();
    const { controller, terminal } = openPty(fds);
    const flags = os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC;
    const peer = fds.own(os.ioctl(controller, os.TIOCGPTPEER, flags));
    assert(flagsOf(peer) & os.O_CLOEXEC);
    await pass(controller, hello, peer);
    const count = new Int32Array(1);
    os.ioctl(peer, os.FIONREAD, count);
    assertEquals(count[0], hello.length);
    os.ioctl(terminal, os.TIOCEXCL);
    os.ioctl(terminal, os.TIOCNXCL, 0);
    const [from] = fds.pipe();
    assertThrows(() => os.ioctl(from, os.TIOCGWINSZ, count), SystemError, "ENOTTY");
    assertThrows(() => os.ioctl(terminal, os.TIOCGWINSZ, -1), SystemError, "EFAULT");
  });
});
