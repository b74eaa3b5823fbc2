/** Many terminals, and none left. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "@fdready/fdready";
import { spawn as spawnByRuntime } from "node:child_process";
import { bindSymbols, libc, osLibc } from "../../../src/ffi/libc.ts";
import { spawnSymbols, threadSymbols } from "../../../src/ffi/symbols.ts";
import { EMFILE, ENOMEM, ENOSPC } from "../../../tests/support/errnos.ts";
import { failing, failingIn, type Fault } from "../../../tests/support/faults.ts";
import { scaled } from "../../../tests/support/scale.ts";
import { open, spawn } from "../mod.ts";
import { exit, run, withoutLeaks } from "./support/terminals.ts";

const EAGAIN = 11;

describe("spawn()", () => {
  it("runs 200 programs at once, each with its own terminal", () =>
    withoutLeaks(async () => {
      const count = scaled(200);
      const ptys = Array.from({ length: count }, () => spawn("cat"));
      assertEquals(new Set(ptys.map(({ ptsName }) => ptsName)).size, count);
      const echoes = ptys.map((pty, index) =>
        new Promise<void>((resolve) => {
          let output = "";
          pty.onData((data) => {
            output += data;
            if (output === `line ${index}\r\nline ${index}\r\n`) resolve();
          });
          pty.write(`line ${index}\r`);
        })
      );
      await Promise.all(echoes);
      const exits = ptys.map(exit);
      for (const pty of ptys) pty.write("\x04");
      for (const { exitCode } of await Promise.all(exits)) assertEquals(exitCode, 0);
    }));

  it("leaves nothing after 600 programs beside the runtime's own children", () =>
    withoutLeaks(async () => {
      const others = Array.from(
        { length: scaled(50) },
        (_, index) =>
          new Promise((resolve) =>
            spawnByRuntime("/bin/sh", ["-c", `exit ${index}`]).on("close", resolve)
          ),
      );
      for (let batch = 0; batch < scaled(20); batch++) {
        const outcomes = await Promise.all(
          Array.from(
            { length: 30 },
            (_, index) => run("/bin/sh", ["-c", `echo $0; exit ${index}`]),
          ),
        );
        assertEquals(outcomes.map(({ exitCode }) => exitCode), outcomes.map((_, index) => index));
        assertEquals(outcomes.map(({ output }) => output), outcomes.map(() => "/bin/sh\r\n"));
      }
      assertEquals(await Promise.all(others), others.map((_, index) => index));
    }));

  const faults: [name: string, code: string, fault: () => Fault][] = [
    ["terminals", "ENOSPC", () => failingIn(osLibc(), "posix_openpt", ENOSPC, -1)],
    [
      "descriptors for the controller",
      "EMFILE",
      () => failingIn(osLibc(), "posix_openpt", EMFILE, -1),
    ],
    ["descriptors for the terminal", "EMFILE", () => failingIn(osLibc(), "open", EMFILE, -1)],
    ["descriptors for the child", "EMFILE", () => failing("eventfd", EMFILE)],
    [
      "descriptors after the start",
      "EMFILE",
      () => failingIn(bindSymbols(threadSymbols), "syscall", EMFILE, -1),
    ],
    ["processes", "EAGAIN", () => failingIn(bindSymbols(spawnSymbols), "posix_spawn", 0, EAGAIN)],
    ["memory", "ENOMEM", () => failingIn(bindSymbols(spawnSymbols), "posix_spawn", 0, ENOMEM)],
  ];
  for (const [name, code, createFault] of faults) {
    it(`throws ${code} without ${name}, and leaves nothing`, () =>
      withoutLeaks(async () => {
        libc();
        {
          using _fault = createFault();
          assertEquals(assertThrows(() => spawn("/bin/true"), SystemError).code, code);
          if (code === "ENOSPC") assertThrows(() => open(), SystemError, code);
        }
        assertEquals((await run("/bin/true")).exitCode, 0);
      }));
  }
});
