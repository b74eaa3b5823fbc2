/** Settings of terminals. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";

const hello = new TextEncoder().encode("hello\n");

/** Writes `data` to one end, and resolves once the kernel has passed it to the other. */
async function pass(from: number, data: Uint8Array, to: number): Promise<void> {
  os.write(from, data);
  await waitReadable(to);
}

function textFrom(fd: number): string | undefined {
  const buffer = new Uint8Array(64);
  const count = os.read(fd, buffer);
  return count === undefined ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

describe("tcsetattr()", () => {
  const rates = [9600, 12345, 921_600, 4_000_000, 1];
  for (const speed of rates) {
    it(`sets any speed, such as ${speed}`, () => {
      using fds = new Fds();
      const { terminal } = fds.openpty();
      const before = os.tcgetattr(terminal);
      os.tcsetattr(terminal, { ...before, ispeed: speed, ospeed: speed });
      assertEquals(os.tcgetattr(terminal), { ...before, ispeed: speed, ospeed: speed });
    });
  }

  it("sets the same speed in both directions, or two", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
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

  it("ignores the bits of cflag for the speed, which tcgetattr() returns as 0", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    const B9600 = 0o15;
    const termios = os.tcgetattr(terminal);
    assertEquals(termios.cflag & 0o10017, 0);
    os.tcsetattr(terminal, { ...termios, cflag: termios.cflag | B9600, ispeed: 300, ospeed: 300 });
    assertEquals(os.tcgetattr(terminal), { ...termios, ispeed: 300, ospeed: 300 });
  });
});

describe("tcgetattr() and tcsetattr()", () => {
  it("read and write each setting", async () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
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

  it("refuse each wrong setting, as makeRaw() does", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
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

  it("refuse other files than terminals, and other than 19 characters", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    const termios = os.tcgetattr(terminal);
    const [reader] = fds.pipe();
    assertThrows(() => os.tcgetattr(reader), SystemError, "ENOTTY");
    assertThrows(() => os.tcsetattr(reader, termios), SystemError, "ENOTTY");
    assertThrows(() => os.tcflush(reader, os.TCIFLUSH), SystemError, "ENOTTY");
    const short = { ...termios, cc: new Uint8Array(18) };
    assertThrows(() => os.tcsetattr(terminal, short), TypeError, "18");
    assertThrows(() => os.makeRaw(short), TypeError, "18");
  });
});

describe("tcsetattr() and makeRaw()", () => {
  it("show the right call for wrong settings", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    // deno-lint-ignore no-explicit-any -- arguments of callers without types
    const wrong: any[] = [terminal, undefined, null, "raw"];
    for (const value of wrong) {
      assertThrows(() => os.makeRaw(value), TypeError, "makeRaw(tcgetattr(fd))");
      assertThrows(() => os.tcsetattr(terminal, value), TypeError, "...tcgetattr(fd)");
    }
    assertThrows(() => os.makeRaw(wrong[0]), TypeError, `settings: ${terminal}. `);
  });

  it("name all missing settings", () => {
    using fds = new Fds();
    const { terminal } = fds.openpty();
    const termios = os.tcgetattr(terminal);
    const speeds = { ispeed: 9600, ospeed: 9600 } as os.Termios;
    const message = "undefined: iflag, oflag, cflag, lflag, line, cc. Pass all of them: ";
    assertThrows(() => os.tcsetattr(terminal, speeds), TypeError, message);
    const { line: _, ...others } = termios;
    assertThrows(() => os.makeRaw(others as os.Termios), TypeError, "undefined: line. ");
    assertEquals(os.tcgetattr(terminal), termios);
  });
});

describe("makeRaw()", () => {
  it("makes settings that pass all bytes through unchanged", async () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
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
