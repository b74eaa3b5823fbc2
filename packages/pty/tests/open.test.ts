/** Terminals without a program, and their two ends as streams. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { until } from "../../../tests/support/event_loop.ts";
import { getWindowSize } from "@fdready/fdready/os";
import { native, open, OpenedTerminal, UnixTerminal } from "../mod.ts";
import { close } from "@fdready/fdready/os";
import { withoutLeaks } from "./support/terminals.ts";

describe("open()", () => {
  it("connects a master and a slave", () =>
    withoutLeaks(async () => {
      for (const make of [open, UnixTerminal.open]) {
        const pty = make({ cols: 100, rows: 50 });
        assert(pty instanceof OpenedTerminal);
        assertMatch(pty.ptsName, /^\/dev\/pts\/\d+$/);
        assertEquals([pty.pid, pty.cols, pty.rows, pty.process], [-1, 100, 50, ""]);
        const { rows, columns } = getWindowSize(pty.slave.fd);
        assertEquals([rows, columns, pty.fd], [50, 100, pty.master.fd]);
        let [slave, master] = ["", ""];
        pty.slave.on("data", (data) => slave += data);
        pty.master.on("data", (data) => master += data);
        pty.slave.write("slave\n");
        await until(() => master === "slave\r\n", () => new Error(`master: ${master}`));
        pty.master.write("master\n");
        await until(() => slave === "master\n", () => new Error(`slave: ${slave}`));
        await until(() => master === "slave\r\nmaster\r\n", () => new Error(`master: ${master}`));
        const closed = Promise.all([once(pty.master, "close"), once(pty.slave, "close")]);
        pty.destroy();
        await closed;
        assertEquals([pty.master.fd, pty.slave.fd], [-1, -1]);
      }
    }));

  it("ends one end when the other is closed", () =>
    withoutLeaks(async () => {
      for (const [closing, other] of [["master", "slave"], ["slave", "master"]] as const) {
        const pty = open();
        const ended = once(pty[other], "close");
        pty[closing].destroy();
        await ended;
        pty.destroy();
      }
    }));

  it("has Buffers with the encoding null", async () => {
    const pty = open({ encoding: null });
    const received = once(pty.master, "data");
    pty.slave.write("æ");
    assertEquals((await received)[0], Buffer.from("æ"));
    pty.destroy();
  });
});

describe("native", () => {
  it("opens and resizes descriptors", () => {
    const { master, slave, pty } = native.open(90, 30);
    assertMatch(pty, /^\/dev\/pts\/\d+$/);
    native.resize(master, 91, 31);
    const { rows, columns } = getWindowSize(slave);
    assertEquals([rows, columns], [31, 91]);
    assertEquals(native.process(master), undefined);
    for (const fd of [master, slave]) close(fd);
  });

  it("leaves nothing open after a wrong size", () =>
    withoutLeaks(async () => {
      for (const size of [-1, NaN, 70_000, undefined, "80"]) {
        assertThrows(() => native.open(size as never, 24));
        assertThrows(() => native.open(80, size as never));
      }
      await Promise.resolve();
    }));
});
