/** The output of programs: complete, in order, decoded, and no faster than it is read. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { turn, until } from "../../../tests/support/event_loop.ts";
import { scaled } from "../../../tests/support/scale.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { spawn } from "../mod.ts";
import { Blocks, exit, hashOutput, outcome, run, runShell } from "./support/terminals.ts";

const megabyte = 1_000_000;

describe("onData()", () => {
  it("gets 100 MB without a change", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "data");
    const blocks = new Blocks(megabyte);
    const count = scaled(100);
    writeFileSync(path, "");
    for (let index = 0; index < count; index++) writeFileSync(path, blocks.next(), { flag: "a" });
    const pty = spawn("sh", ["-c", `stty raw; cat ${path}`], { encoding: null });
    const { length, digest } = await hashOutput(pty);
    assertEquals([length, digest], [count * megabyte, blocks.digest]);
  });

  for (const runs of ["1 to 5", "6 to 10", "11 to 15", "16 to 20"]) {
    it(`gets 20 MB up to the last byte, in runs ${runs}`, async () => {
      const lines = scaled(2_400_000);
      const text = Array.from({ length: lines }, (_, index) => `${index + 1}\r\n`).join("");
      for (let count = 0; count < 5; count++) {
        const { output } = await run("seq", [`${lines}`]);
        assert(output === text, `${output.length} characters of ${text.length}`);
      }
    });
  }

  it("decodes characters that are split anywhere", async () => {
    const text = "aä€😀\u0301z";
    const bytes = new TextEncoder().encode(text);
    for (let at = 1; at < bytes.length; at++) {
      const script = 'printf "$1"; read line; printf "$2"';
      const octal = (part: Uint8Array) =>
        Array.from(part, (byte) => `\\0${byte.toString(8)}`).join("");
      const parts = [bytes.subarray(0, at), bytes.subarray(at)].map(octal);
      const pty = spawn("bash", [
        "-c",
        `stty -echo -icrnl; ${script.replaceAll("printf", "printf %b")}`,
        "sh",
        ...parts,
      ]);
      const received: string[] = [];
      pty.onData((data) => received.push(data));
      const ended = exit(pty);
      await until(() => received.length > 0, () => new Error("nothing came"));
      pty.write("\n");
      await ended;
      assertEquals(received.join(""), text, `split at ${at}`);
    }
  });

  it("gets the replacement character for an incomplete one at the end", async () => {
    const { output } = await runShell("printf 'a\\303'");
    assertEquals(output, "a\ufffd");
  });

  it("gets Buffers with the encoding null, and text in others", async () => {
    const read = async (encoding: string | null) => {
      const data: unknown[] = [];
      const pty = spawn("/bin/sh", ["-c", "printf 'test \\303\\246!'"], { encoding });
      pty.on("data", (chunk) => data.push(chunk));
      await exit(pty);
      return data;
    };
    const buffers = await read(null) as Buffer[];
    assert(buffers.every((chunk) => Buffer.isBuffer(chunk)));
    assertEquals(Buffer.concat(buffers).toString(), "test æ!");
    const base64 = (await read("base64")).join("");
    assertEquals(Buffer.from(base64, "base64").toString(), "test æ!");
    assertEquals((await read("latin1")).join(""), "test Ã¦!");
  });

  it("keeps the bytes of Buffers", async () => {
    const pty = spawn("/bin/sh", ["-c", "stty raw; seq 100000"], { encoding: null });
    const chunks: Buffer[] = [];
    pty.on("data", (chunk) => chunks.push(chunk));
    await exit(pty);
    const expected = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join("");
    assert(Buffer.concat(chunks).toString() === expected);
  });

  it("changes with setEncoding()", async () => {
    const pty = spawn("cat");
    const received: unknown[] = [];
    pty.on("data", (chunk) => received.push(chunk));
    pty.setEncoding(null);
    pty.write("a\n");
    await until(() => received.length > 0, () => new Error("nothing came"));
    assert(received.every((chunk) => Buffer.isBuffer(chunk)));
    received.length = 0;
    pty.setEncoding("hex");
    pty.write("b\n");
    await until(() => received.join("").includes("620d0a"), () => new Error(`got ${received}`));
    pty.destroy();
  });

  it("returns an object that removes the listener", async () => {
    const pty = spawn("/bin/echo", ["text"]);
    const { dispose } = pty.onData(() => {
      throw new Error("This listener was removed");
    });
    dispose();
    dispose();
    assertEquals((await outcome(pty)).output, "text\r\n");
  });
});

describe("pause()", () => {
  it("stops the program until resume(), and loses nothing", async () => {
    const pty = spawn("/bin/sh", ["-c", "stty raw; seq 1000000; echo end"], { encoding: "latin1" });
    let length = 0;
    let paused = false;
    pty.onData((data) => {
      assert(!paused, "data came while it was paused");
      length += data.length;
    });
    const ended = exit(pty);
    let exited = false;
    void pty.exited.then(() => exited = true);
    for (let count = 0; count < 5; count++) {
      const before = length;
      await until(() => length > before, () => new Error("nothing came"));
      pty.pause();
      paused = true;
      for (let turns = 0; turns < 100; turns++) await turn();
      assert(!exited, "the program could write everything");
      paused = false;
      pty.resume();
    }
    await ended;
    assertEquals(length, 6_888_896 + "end\n".length);
  });

  it("keeps what was written until resume(), although the program has ended", async () => {
    const pty = spawn("/bin/sh", ["-c", "seq 1000; exit 7"]);
    pty.pause();
    let output = "";
    let ended = false;
    pty.onData((data) => output += data);
    pty.onExit(() => ended = true);
    assertEquals(await pty.exited, { exitCode: 7, signal: 0 });
    for (let turns = 0; turns < 100; turns++) await turn();
    assertEquals([output, ended], ["", false]);
    pty.resume();
    await until(() => ended, () => new Error("no exit event"));
    assertEquals(output, Array.from({ length: 1000 }, (_, index) => `${index + 1}\r\n`).join(""));
  });

  it("is called for a message with handleFlowControl, and so is resume()", async () => {
    const pty = spawn("cat", [], {
      handleFlowControl: true,
      flowControlPause: "PAUSE",
      flowControlResume: "RESUME",
    });
    const events: string[] = [];
    for (const name of ["pause", "resume"]) pty.on(name, () => events.push(name));
    let output = "";
    pty.onData((data) => output += data);
    await until(() => events.includes("resume"), () => new Error("it didn't start"));
    events.length = 0;
    pty.write("PAUSE");
    pty.write("1\r");
    pty.write("RESUME");
    await until(() => output.includes("1\r\n1\r\n"), () => new Error(`got ${output}`));
    assertEquals(events, ["pause", "resume"]);
    pty.handleFlowControl = false;
    pty.write("PAUSE\r");
    await until(() => output.includes("PAUSE\r\nPAUSE"), () => new Error(`got ${output}`));
    pty.destroy();
  });
});

describe("pipe()", () => {
  it("is slowed down by its destination, and loses nothing", async () => {
    let length = 0;
    const slow = new Writable({
      highWaterMark: 1000,
      write(chunk, _encoding, done) {
        length += chunk.length;
        setImmediate(done);
      },
    });
    const pty = spawn("/bin/sh", ["-c", "stty raw; seq 500000"], { encoding: "latin1" });
    await once(pty.pipe(slow), "finish");
    assertEquals(length, 3_388_895);
  });
});
