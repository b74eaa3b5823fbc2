/** Input: complete, in order, and without blocking or busy waiting. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { turn, until } from "../../../tests/support/event_loop.ts";
import { scaled } from "../../../tests/support/scale.ts";
import { defaultManager } from "@fdready/fdready";
import { spawn } from "../mod.ts";
import { Blocks, exit, outcome, OutputWatcher, withoutLeaks } from "./support/terminals.ts";

const raw = "stty raw -echo; echo ready;";

describe("write()", () => {
  it("passes on 100 MB without a change", async () => {
    const count = scaled(100);
    const blocks = new Blocks(1_000_000);
    const pty = spawn("sh", ["-c", `${raw} head -c ${count * 1_000_000} | sha256sum`]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    const ended = exit(pty);
    const writer = pty.writable.getWriter();
    for (let index = 0; index < count; index++) await writer.write(blocks.next());
    await ended;
    assertEquals(output.text.trim().split(/\s+/)[0], blocks.digest);
  });

  it("keeps the order of many small and large writes, as text and bytes", async () => {
    const pty = spawn("sh", ["-c", `${raw} head -c 1000000 | md5sum; exit 3`]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    const ended = outcome(pty);
    let text = "";
    for (let size = 1; text.length < 1_000_000; size = size * 3 % 50_021) {
      const part = String.fromCharCode(0x41 + size % 26).repeat(
        Math.min(size, 1_000_000 - text.length),
      );
      text += part;
      pty.write(size % 2 === 0 ? part : Buffer.from(part));
    }
    assertEquals((await ended).exitCode, 3);
    assertEquals(output.text.trim().split(/\s+/)[0], createHash("md5").update(text).digest("hex"));
  });

  it("passes on many small writes that had to wait", async () => {
    const count = scaled(100_000);
    const pty = spawn("sh", ["-c", `${raw} read line; head -c ${count} | md5sum`]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    const ended = exit(pty);
    pty.write("x".repeat(10_000));
    let text = "";
    for (let index = 0; index < count; index++) {
      const part = String.fromCharCode(0x61 + index % 26);
      pty.write(index === 0 ? `\n${part}` : part);
      text += part;
    }
    await ended;
    assertEquals(output.text.trim().slice(0, 32), createHash("md5").update(text).digest("hex"));
  });

  it("encodes text in the terminal's encoding", async () => {
    for (
      const [encoding, text, bytes] of [["utf8", "æ", "c3 a6"], ["latin1", "æ", "e6"], [
        "hex",
        "4142",
        "41 42",
      ], [null, "æ", "c3 a6"]] as const
    ) {
      const pty = spawn("sh", ["-c", `${raw} head -c ${bytes.split(" ").length} | od -An -tx1`], {
        encoding,
      });
      let output = "";
      pty.on("data", (data) => output += encoding === "hex" ? Buffer.from(data, "hex") : data);
      await until(() => output.includes("ready"), () => new Error("it didn't start"));
      output = "";
      const ended = exit(pty);
      pty.write(text);
      await ended;
      assertEquals(output.trim(), bytes);
    }
  });

  it("copies bytes that change after the call", async () => {
    const pty = spawn("sh", ["-c", `${raw} sleep 0.2; head -c 300000 | tr -d a | wc -c`]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    const data = Buffer.alloc(300_000, "a");
    pty.write(data);
    const ended = exit(pty);
    data.fill("b");
    await ended;
    assertEquals(output.text.trim(), "0");
  });

  it("rests while the program doesn't read, and is dropped when it ends", () =>
    withoutLeaks(async () => {
      const pty = spawn("sh", ["-c", `${raw} exec sleep 60`]);
      const output = new OutputWatcher(pty);
      await output.until(/ready/);
      pty.write("x".repeat(1_000_000));
      const writer = pty.writable.getWriter();
      const blocked = assertRejects(() => writer.write(new Uint8Array(1_000_000)), Error, "EIO");
      const { events } = defaultManager().statistics();
      for (let turns = 0; turns < 1000; turns++) await turn();
      const more = defaultManager().statistics().events - events;
      assert(more < 100, `${more} events in 1000 turns`);
      const ended = exit(pty);
      pty.kill("SIGKILL");
      assertEquals(await ended, { exitCode: 0, signal: 9 });
      await blocked;
    }));

  it("does nothing after the end, nor do the other methods", async () => {
    const pty = spawn("/bin/true");
    await exit(pty);
    pty.write("text");
    pty.write(Buffer.from("text"));
    pty.end("text");
    pty.pause();
    pty.resume();
    pty.clear();
    pty.kill();
    pty.resize(10, 20);
    pty.destroy();
    assertEquals([pty.cols, pty.rows, pty.process], [10, 20, "/bin/true"]);
    await assertRejects(() => pty.writable.getWriter().write(new Uint8Array(1)), Error, "EIO");
  });
});
