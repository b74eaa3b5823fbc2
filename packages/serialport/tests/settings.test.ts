/** The terminal settings for each option. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as os from "@fdready/fdready/os";
import { Fds } from "../../../tests/support/fds.ts";
import { binding, type LinuxOpenOptions } from "../mod.ts";

/** A terminal's settings after opening it as a port. Before that, most flags are set. */
async function settingsWith(options: Partial<LinuxOpenOptions>): Promise<os.Termios> {
  using fds = new Fds();
  const { controller, terminal, name } = os.openpty();
  fds.own(controller);
  fds.own(terminal);
  const { CMSPAR, PARODD, PARENB, CSTOPB, CRTSCTS, HUPCL, CS6 } = os;
  const before = os.tcgetattr(terminal);
  const cflag = before.cflag | CMSPAR | PARODD | PARENB | CSTOPB | CRTSCTS | HUPCL | CS6;
  os.tcsetattr(terminal, { ...before, cflag, iflag: 0o177777 });
  const port = await binding.open({ path: name, baudRate: 9600, ...options });
  try {
    return os.tcgetattr(port.fd!);
  } finally {
    await port.close();
  }
}

const always = os.CLOCAL | os.CREAD;

/** Pseudo-terminals store all settings except the number of bits and the parity. */
const cases: [options: Partial<LinuxOpenOptions>, iflag: number, cflag: number][] = [
  [{}, os.IGNPAR, os.CS8 | os.HUPCL],
  [{ hupcl: false }, os.IGNPAR, os.CS8],
  [{ stopBits: 2 }, os.IGNPAR, os.CS8 | os.HUPCL | os.CSTOPB],
  [{ rtscts: true }, os.IGNPAR, os.CS8 | os.HUPCL | os.CRTSCTS],
  [{ xon: true }, os.IGNPAR | os.IXON, os.CS8 | os.HUPCL],
  [{ xoff: true }, os.IGNPAR | os.IXOFF, os.CS8 | os.HUPCL],
  [{ xany: true }, os.IGNPAR | os.IXANY, os.CS8 | os.HUPCL],
  [{ parity: "odd" }, os.IGNPAR, os.CS8 | os.HUPCL | os.PARODD],
  [{ parity: "even" }, os.IGNPAR, os.CS8 | os.HUPCL],
  [{ parity: "mark" }, os.IGNPAR, os.CS8 | os.HUPCL | os.PARODD | os.CMSPAR],
  [{ parity: "space" }, os.IGNPAR, os.CS8 | os.HUPCL | os.CMSPAR],
];

describe("options", () => {
  for (const [options, iflag, cflag] of cases) {
    it(`binding.open() applies ${JSON.stringify(options)}`, async () => {
      const termios = await settingsWith(options);
      assertEquals([termios.iflag, termios.oflag, termios.lflag], [iflag, 0, 0]);
      assertEquals(termios.cflag, (cflag | always) >>> 0);
      assertEquals([termios.ispeed, termios.ospeed], [9600, 9600]);
      assertEquals([termios.cc[os.VMIN], termios.cc[os.VTIME]], [1, 0]);
    });
  }

  it("binding.open() accepts the native binding's spellings of parities", async () => {
    const { CMSPAR, PARODD } = os;
    const flags = { None: 0, EVEN: 0, Odd: PARODD, MARK: CMSPAR | PARODD, Space: CMSPAR };
    const initials = { n: 0, E: 0, o: PARODD, m: CMSPAR | PARODD, S: CMSPAR };
    for (const [spelling, flag] of Object.entries({ ...flags, ...initials })) {
      const parity = spelling as LinuxOpenOptions["parity"];
      const { cflag } = await settingsWith({ parity });
      assertEquals((cflag & (CMSPAR | PARODD)) >>> 0, flag >>> 0, spelling);
    }
  });

  it("binding.open() sets VMIN and VTIME, and no other character", async () => {
    const [changed, usual] = [await settingsWith({ vmin: 7, vtime: 255 }), await settingsWith({})];
    assertEquals([changed.cc[os.VMIN], changed.cc[os.VTIME]], [7, 255]);
    changed.cc.set([usual.cc[os.VTIME]!, usual.cc[os.VMIN]!], os.VTIME);
    assertEquals(changed.cc, usual.cc);
  });
});
