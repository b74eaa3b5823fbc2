/** Web streams, disposal and signals. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { constants } from "node:os";
import { turn, until } from "../../../tests/support/event_loop.ts";
import { spawn, type UnixTerminal } from "../mod.ts";
import { exit, OutputWatcher, withoutLeaks } from "./support/terminals.ts";

const { SIGHUP, SIGKILL } = constants.signals;

async function readAll(readable: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(readable).text();
}

describe("readable", () => {
  it("has all output, and ends before the exit event", () =>
    withoutLeaks(async () => {
      const pty = spawn("/bin/sh", ["-c", "stty raw; seq 100000; exit 3"]);
      const { readable } = pty;
      assert(readable === pty.readable);
      const ended = exit(pty);
      const text = await readAll(readable);
      assertEquals(text, Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join(""));
      assertEquals(await ended, { exitCode: 3, signal: 0 });
    }));

  it("takes the place of data events", async () => {
    const pty = spawn("/bin/echo", ["text"]);
    pty.onData((data) => {
      throw new Error(`Got ${data}`);
    });
    assertEquals(await readAll(pty.readable), "text\r\n");
  });

  it("begins with what was read before, but has not been passed on", async () => {
    const pty = spawn("/bin/sh", ["-c", "echo text; read line; echo $line"]);
    pty.pause();
    const stream = pty.pause();
    const isComplete = () => stream.readableLength >= "text\r\n".length;
    await until(isComplete, () => new Error("nothing came"));
    pty.write("more\r");
    assertEquals(await readAll(pty.readable), "text\r\nmore\r\nmore\r\n");
  });

  it("ends when the terminal is closed, and is at its end after that", async () => {
    const ways: ((pty: UnixTerminal) => unknown)[] = [
      (pty) => pty.destroy(),
      (pty) => pty[Symbol.asyncDispose](),
    ];
    for (const close of ways) {
      const pty = spawn("cat");
      const reader = pty.readable.getReader();
      const read = reader.read();
      await turn();
      await close(pty);
      assertEquals(await read, { done: true, value: undefined });
      assertEquals(await reader.read(), { done: true, value: undefined });
      const byob = spawn("cat");
      const byobReader = byob.readable.getReader({ mode: "byob" });
      const byobRead = byobReader.read(new Uint8Array(8));
      await turn();
      await close(byob);
      assertEquals((await byobRead).done, true);
      const closed = spawn("cat");
      await close(closed);
      assertEquals(await readAll(closed.readable), "");
    }
  });

  it("is at its end if it is used after the exit event", async () => {
    const pty = spawn("/bin/echo", ["text"]);
    await exit(pty);
    assertEquals(await readAll(pty.readable), "");
  });

  it("blocks the program while it isn't read", async () => {
    const pty = spawn("/bin/sh", ["-c", "stty raw; seq 100000"]);
    const reader = pty.readable.getReader();
    let exited = false;
    void pty.exited.then(() => exited = true);
    await reader.read();
    for (let turns = 0; turns < 200; turns++) await turn();
    assert(!exited, "the program could write everything");
    let done = false;
    while (!done) ({ done } = await reader.read());
    await until(() => exited, () => new Error("it is still running"));
  });

  it("reads into the reader's own memory", async () => {
    const pty = spawn("/bin/sh", ["-c", "stty raw; seq 10000"]);
    const reader = pty.readable.getReader({ mode: "byob" });
    let text = "";
    for (let view = new Uint8Array(1000);;) {
      const { done, value } = await reader.read(view);
      if (value !== undefined) text += new TextDecoder().decode(value);
      if (done) break;
      view = new Uint8Array(value.buffer);
    }
    assertEquals(text, Array.from({ length: 10_000 }, (_, index) => `${index + 1}\n`).join(""));
  });

  it("hangs up when it is cancelled", () =>
    withoutLeaks(async () => {
      const pty = spawn("cat");
      await pty.readable.cancel();
      assertEquals(await exit(pty), { exitCode: 0, signal: SIGHUP });
    }));
});

describe("writable", () => {
  it("writes chunks in order, each when there is room", async () => {
    const pty = spawn("sh", ["-c", "stty raw -echo; echo ready; head -c 500000 | md5sum"]);
    const reader = pty.readable.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await reader.read()).value, "ready\n");
    const writer = pty.writable.getWriter();
    for (let count = 0; count < 5; count++) {
      await writer.write(new Uint8Array(100_000).fill(0x61 + count));
    }
    const text = Array.from({ length: 5 }, (_, count) => "abcde"[count]!.repeat(100_000)).join("");
    const { value } = await reader.read();
    assertEquals(value?.slice(0, 32), createHash("md5").update(text).digest("hex"));
    await writer.close();
  });

  it("gives up the rest of a chunk when it is aborted", async () => {
    const wait = "trap go=1 USR1; echo ready; while [ -z $go ]; do sleep 0.01; done";
    const script = `stty raw -echo; ${wait}; exec tr -d x`;
    const pty = spawn("bash", ["-c", script]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    const reason = new Error("enough");
    const writer = pty.writable.getWriter();
    const rejected = assertRejects(() => writer.write(new Uint8Array(1_000_000).fill(0x78)));
    writer.closed.catch(() => {});
    pty.write("after");
    await writer.abort(reason);
    assertEquals(await rejected, reason);
    pty.write("end\n");
    pty.kill("SIGUSR1");
    await output.until(/^\nafterend\n/);
    pty.kill("SIGKILL");
    await pty.exited;
  });

  it("accepts any view of memory, and rejects other chunks", async () => {
    const pty = spawn("sh", ["-c", "stty raw -echo; echo ready; head -c 5"]);
    const reader = pty.readable.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await reader.read()).value, "ready\n");
    const writer = pty.writable.getWriter();
    await writer.write(new DataView(new TextEncoder().encode("-ab-").buffer, 1, 2));
    await writer.write(new Uint16Array(new TextEncoder().encode("cd").buffer));
    await writer.write(new Uint8Array([0x65]));
    let text = "";
    while (text.length < 5) text += (await reader.read()).value;
    assertEquals(text, "abcde");
    for (const chunk of ["text", 3, null, new ArrayBuffer(3)]) {
      const other = spawn("cat");
      const rejected = other.writable.getWriter();
      rejected.closed.catch(() => {});
      await assertRejects(() => rejected.write(chunk as never), TypeError, "ArrayBufferView");
      other.destroy();
    }
  });
});

describe("[Symbol.asyncDispose]()", () => {
  it("resolves when the program has ended, and leaves nothing", () =>
    withoutLeaks(async () => {
      let ended = false;
      {
        await using pty = spawn("cat");
        void pty.exited.then(() => ended = true);
      }
      assert(ended);
    }));

  it("kills a program that ignores SIGHUP", () =>
    withoutLeaks(async () => {
      const pty = spawn("bash", ["-c", "trap '' HUP; echo ready; while :; do sleep 0.01; done"]);
      let output = "";
      pty.onData((data) => output += data);
      await until(() => output.includes("ready"), () => new Error("it didn't start"));
      await pty[Symbol.asyncDispose]();
      assertEquals(await pty.exited, { exitCode: 0, signal: SIGKILL });
    }));
});

describe("the option signal", () => {
  it("ends the program when it aborts", () =>
    withoutLeaks(async () => {
      const controller = new AbortController();
      const pty = spawn("cat", [], { signal: controller.signal });
      const ended = exit(pty);
      controller.abort();
      assertEquals(await ended, { exitCode: 0, signal: SIGHUP });
    }));

  it("starts nothing if it has aborted, and does nothing after the end", () =>
    withoutLeaks(async () => {
      const reason = new Error("enough");
      const signal = AbortSignal.abort(reason);
      assertEquals(assertThrows(() => spawn("cat", [], { signal })), reason);
      const controller = new AbortController();
      const pty = spawn("/bin/true", [], { signal: controller.signal });
      assertEquals(await exit(pty), { exitCode: 0, signal: 0 });
      controller.abort();
    }));
});
