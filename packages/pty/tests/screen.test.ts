/** Programs that draw on the whole screen, seen by a terminal emulator. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import headless from "@xterm/headless";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../tests/support/event_loop.ts";
import { describeIfInstalled } from "../../../tests/support/prerequisites.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { spawn, type UnixTerminal } from "../mod.ts";
import { exit } from "./support/terminals.ts";

const size = { cols: 60, rows: 12 };

/** A terminal emulator that shows the output of a program. */
class Screen {
  readonly #emulator = new headless.Terminal({ ...size, allowProposedApi: true });
  readonly pty: UnixTerminal;

  constructor(file: string, args: readonly string[]) {
    const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent", LANG: "C.UTF-8", LESSHISTFILE: "-" };
    this.pty = spawn(file, args, { ...size, name: "xterm", env });
    this.pty.onData((data) => this.#emulator.write(data));
    // The program may ask the terminal about itself.
    this.#emulator.onData((answer) => this.pty.write(answer));
  }

  get lines(): string[] {
    const { active } = this.#emulator.buffer;
    return Array.from(
      { length: this.#emulator.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString().trimEnd() ?? "",
    );
  }

  /** Resolves when the screen shows `expected`. */
  async shows(expected: readonly string[]): Promise<void> {
    try {
      await until(() => this.lines.join("\n") === expected.join("\n"), () => new Error());
    } catch {
      assertEquals(this.lines, [...expected]);
    }
  }

  resize(cols: number, rows: number): void {
    this.#emulator.resize(cols, rows);
    this.pty.resize(cols, rows);
  }
}

function missing(program: string): string[] {
  return spawnSync(program, ["--version"]).error === undefined ? [] : [program];
}

const text = Array.from({ length: 100 }, (_, index) => `line ${index + 1} äöü €`);

describeIfInstalled("less", missing("less"), () => {
  it("shows its pages", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "text");
    writeFileSync(path, text.join("\n"));
    const screen = new Screen("less", ["-P", "prompt", path]);
    await screen.shows([...text.slice(0, 11), "prompt"]);
    screen.pty.write(" ");
    await screen.shows([...text.slice(11, 22), "prompt"]);
    screen.pty.write("G");
    await screen.shows([...text.slice(89), "prompt"]);
    screen.pty.write("g");
    await screen.shows([...text.slice(0, 11), "prompt"]);
    // Only the program can know what belongs on the new lines.
    screen.resize(50, 20);
    await screen.shows([...text.slice(0, 19), "prompt"]);
    const ended = exit(screen.pty);
    screen.pty.write("q");
    assertEquals((await ended).exitCode, 0);
  });
});

describeIfInstalled("vim", missing("vim"), () => {
  it("shows and changes a file", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "text");
    writeFileSync(path, text.slice(0, 3).join("\n") + "\n");
    const options = [
      "-u",
      "NONE",
      "-N",
      "-n",
      "-i",
      "NONE",
      "--cmd",
      "set shortmess=aIF noshowcmd noruler",
    ];
    const screen = new Screen("vim", [...options, path]);
    const empty = Array<string>(8).fill("~");
    await screen.shows([...text.slice(0, 3), ...empty, ""]);
    screen.pty.write("ddGonew line €");
    await screen.shows([text[1]!, text[2]!, "new line €", ...empty, "-- INSERT --"]);
    screen.pty.write("\x1b");
    await screen.shows([text[1]!, text[2]!, "new line €", ...empty, ""]);
    screen.resize(50, 20);
    await screen.shows([text[1]!, text[2]!, "new line €", ...empty, ...empty, ""]);
    const ended = exit(screen.pty);
    screen.pty.write(":wq\r");
    assertEquals((await ended).exitCode, 0);
    assertEquals(readFileSync(path, "utf8"), [text[1], text[2], "new line €", ""].join("\n"));
  });
});

describe("a screen", () => {
  it("shows text after text", async () => {
    const screen = new Screen("sh", ["-c", "printf 'a\\tb\\033[2;5Hmiddle\\033[4;1Hend'"]);
    await exit(screen.pty);
    await screen.shows(["a       b", "    middle", "", "end", ...Array<string>(8).fill("")]);
  });
});
