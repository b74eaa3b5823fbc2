/** Settings of a terminal as stty(1) shows them, which uses `struct termios` from C. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { describeUnless } from "../support/skip.ts";

/** Runs `command` in a shell whose standard input is the terminal at `path`. */
function runOn(path: string, command: string): string {
  return execFileSync("sh", ["-c", `exec <${path}; ${command}`], { encoding: "utf8" }).trim();
}

/**
 * Sets what it can of `settings`. A pseudo-terminal has no parity and only bytes of 8 bits, and
 * stty complains about that.
 */
function setBest(path: string, settings: string): void {
  runOn(path, `stty ${settings} 2>&1 || true`);
}

function cannotRunStty(): string | undefined {
  const { terminal, controller, name } = os.openpty();
  try {
    runOn(name, "stty -g");
    return undefined;
  } catch (error) {
    return `needs stty: ${error}`;
  } finally {
    os.close(terminal);
    os.close(controller);
  }
}

/** All that stty shows: each setting by name, then the words of the struct. */
const showAll = "stty -a && stty -g";

const standardSpeeds = [
  ...[50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600],
  ...[115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000],
  ...[3000000, 3500000, 4000000],
];

describeUnless(cannotRunStty(), "tcsetattr(fd, tcgetattr(fd))", () => {
  it("changes no setting that stty shows, whichever is on", () => {
    using fds = new Fds();
    const { terminal, name } = fds.openpty();
    const settings = runOn(name, "stty -a").replaceAll(/^speed.*$|\w+ = [^;]+;/gm, "")
      .matchAll(/(-?)\b([a-z]\w*)/g);
    let count = 0;
    for (const [, off, setting] of settings) {
      const toggled = off === "-" ? setting! : `-${setting}`;
      setBest(name, toggled);
      const before = runOn(name, showAll);
      os.tcsetattr(terminal, os.tcgetattr(terminal));
      assertEquals(runOn(name, showAll), before, toggled);
      count++;
    }
    assertEquals(count > 30, true, `stty shows ${count} settings`);
  });

  it("changes no special character", () => {
    using fds = new Fds();
    const { terminal, name } = fds.openpty();
    const characters = runOn(name, "stty -a").matchAll(/(\w+) = ([^;]+);/g);
    for (const [, character, value] of characters) {
      if (character === "line") continue;
      const other = /^\d+$/.test(value!) ? "7" : "'^Y'";
      setBest(name, `${character} ${other}`);
      const before = runOn(name, showAll);
      os.tcsetattr(terminal, os.tcgetattr(terminal));
      assertEquals(runOn(name, showAll), before, character);
    }
  });

  it("changes no standard speed, nor one of 0", () => {
    using fds = new Fds();
    const { terminal, name } = fds.openpty();
    for (const speed of [...standardSpeeds, 0]) {
      setBest(name, String(speed));
      const before = runOn(name, showAll);
      os.tcsetattr(terminal, os.tcgetattr(terminal));
      assertEquals(runOn(name, showAll), before, String(speed));
    }
  });

  it("leaves it to the next program to set both speeds", () => {
    using fds = new Fds();
    const { terminal, name } = fds.openpty();
    os.tcsetattr(terminal, os.tcgetattr(terminal));
    runOn(name, "stty 9600");
    const { ispeed, ospeed } = os.tcgetattr(terminal);
    assertEquals([ispeed, ospeed], [9600, 9600]);
  });
});

describeUnless(cannotRunStty(), "tcsetattr()", () => {
  it("sets each standard speed so that stty shows it", () => {
    using fds = new Fds();
    const { terminal, name } = fds.openpty();
    const termios = os.tcgetattr(terminal);
    for (const speed of standardSpeeds) {
      os.tcsetattr(terminal, { ...termios, ispeed: speed, ospeed: speed });
      assertEquals(runOn(name, "stty speed"), String(speed));
      os.tcsetattr(terminal, { ...termios, ispeed: 0, ospeed: speed });
      assertEquals(os.tcgetattr(terminal).ispeed, speed);
    }
  });

  it("replaces a speed of another program's that has no code", () => {
    using fds = new Fds();
    const { terminal, name } = fds.openpty();
    const termios = os.tcgetattr(terminal);
    os.tcsetattr(terminal, { ...termios, ispeed: 12_345, ospeed: 54_321 });
    os.tcsetattr(terminal, { ...termios, ispeed: 115_200, ospeed: 115_200 });
    assertEquals(runOn(name, "stty speed"), "115200");
  });
});
