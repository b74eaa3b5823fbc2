/** Wrong arguments: errors that show the value, and nothing left. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { open, spawn, Terminal } from "../mod.ts";
import { run, withoutLeaks } from "./support/terminals.ts";

/** Makes the call, whose error has to show `shown`. */
function assertRefused(call: () => unknown, shown: string): void {
  const error = assertThrows(call, Error);
  assertStringIncludes(error.message, shown);
}

describe("spawn()", () => {
  it("throws for options of the wrong type", () =>
    withoutLeaks(async () => {
      const cases: [option: string, value: unknown, message: string][] = [
        ["name", {}, "name must be a string (not a object)"],
        ["name", 3, "name must be a string (not a number): 3"],
        ["cols", "80", "cols must be a number (not a string): '80'"],
        ["rows", {}, "rows must be a number (not a object)"],
        ["cols", -1, "-1"],
        ["rows", 70_000, "70000"],
        ["cwd", 3, "cwd must be a string (not a number): 3"],
        ["cwd", "/\0", "NUL"],
        ["env", "A=1", "env must be a object (not a string): 'A=1'"],
        ["env", { "A=B": "1" }, "'A=B'"],
        ["env", { A: "\0" }, "NUL"],
        ["env", { A: "\ud800" }, "surrogate"],
        ["encoding", 8, "encoding must be a string (not a number): 8"],
        ["encoding", "utf-9", "'utf-9'"],
        ["flowControlPause", 3, "flowControlPause must be a string (not a number): 3"],
        ["uid", "0", "uid must be a number (not a string): '0'"],
        ["uid", 1000, "setpriv"],
        ["gid", 1000, "setpriv"],
        ["signal", {}, "AbortSignal, got {}"],
      ];
      for (const [option, value, message] of cases) {
        assertRefused(() => spawn("/bin/true", [], { [option]: value }), message);
      }
      for (const options of [3, "text", true]) {
        assertRefused(() => spawn("/bin/true", [], options as never), "options must be an object");
      }
      assertEquals((await run("/bin/true")).exitCode, 0);
    }));

  it("ignores empty options, as node-pty", async () => {
    const empty = { name: "", cols: 0, rows: 0, cwd: "", env: undefined, uid: -1, gid: -1 };
    const { output } = await run("/bin/sh", ["-c", "stty size"], { ...empty, encoding: undefined });
    assertEquals(output, "24 80\r\n");
    assertEquals((await run("/bin/true", undefined, null as never)).exitCode, 0);
  });

  it("throws for files and arguments of the wrong type", () =>
    withoutLeaks(async () => {
      assertRefused(() => spawn("/bin/true", "a b"), "args as a string is not supported on unix.");
      for (const file of [3, {}, [], true]) {
        assertRefused(() => spawn(file as never), "file must be a string");
      }
      for (const args of [3, {}, [3], ["a", null], [undefined]]) {
        assertRefused(() => spawn("/bin/true", args as never), "array of strings, got");
      }
      for (const text of ["\0", "\ud800"]) {
        assertThrows(() => spawn(`/bin/true${text}`), TypeError);
        assertThrows(() => spawn("/bin/true", [text]), TypeError);
      }
      assertEquals((await run("/bin/true")).exitCode, 0);
    }));
});

describe("open()", () => {
  it("throws for options of the wrong type", () => {
    assertRefused(() => open({ cols: "80" as never }), "cols must be a number");
    assertRefused(() => open({ encoding: "utf-9" }), "'utf-9'");
    assertRefused(() => open(3 as never), "options must be an object");
  });
});

describe("a terminal", () => {
  it("throws for listeners that aren't functions", async () => {
    const pty = spawn("cat");
    for (const listener of [undefined, null, 3, "text", {}]) {
      for (const add of [pty.onData, pty.onExit]) {
        assertThrows(() => add(listener as never), TypeError, "listener must be a function");
      }
    }
    pty.destroy();
    await pty.exited;
  });

  it("throws for data that are neither text nor bytes", async () => {
    const pty = spawn("cat");
    for (const data of [undefined, null, 3, true, {}, Symbol("x")]) {
      assertThrows(() => pty.write(data as never), TypeError);
    }
    assertThrows(() => pty.write(null as never), TypeError, "got null");
    pty.destroy();
    await pty.exited;
  });
});

describe("Terminal", () => {
  it("checks types for classes that extend it", () => {
    class OwnTerminal extends Terminal {
      check(...args: Parameters<Terminal["_checkType"]>): void {
        this._checkType(...args);
      }
      protected override _write(): void {}
      override resize(): void {}
      override clear(): void {}
      override destroy(): void {}
      override kill(): void {}
      override readonly process = "";
      override readonly master = undefined;
      override readonly slave = undefined;
    }
    const own = new OwnTerminal({ handleFlowControl: true });
    assertEquals(own.handleFlowControl, true);
    for (const [value, type] of [["text", "string"], [1, "number"], [{}, "object"]] as const) {
      own.check("foo", value, type);
      own.check("foo", [value, value], type, true);
      assertThrows(
        () => own.check("foo", [value, Symbol()], type, true),
        Error,
        `foo[1] must be a ${type}`,
      );
      assertThrows(() => own.check("foo", () => {}, type), Error, "not a function");
    }
  });
});
