/** A program in a pseudo-terminal. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runInTerminal } from "../../examples/child_terminal.ts";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { outcome, runtime, start } from "../support/programs.ts";

const size = { columns: 90, rows: 30 };

/** Runs a command, and returns its output too. */
async function run(command: string, input?: FdStream): Promise<os.ExitStatus & { text: string }> {
  const decoder = new TextDecoder();
  let text = "";
  const onOutput = (bytes: Uint8Array) => void (text += decoder.decode(bytes, { stream: true }));
  return { ...await runInTerminal(command, { size, input, onOutput }), text };
}

describe("runInTerminal()", () => {
  it("runs a command in a terminal of that size, and leaves nothing open", async () => {
    await run("true");
    const before = countFds();
    assertMatch((await run("tty; exit 3")).text, /^\/dev\/pts\/\d+\r\n$/);
    assertEquals(await run("stty size; exit 3"), { text: "30 90\r\n", code: 3, signal: null });
    assertEquals(await run("kill -KILL $$"), { text: "", code: null, signal: "SIGKILL" });
    const { text } = await run("seq 100000");
    assertEquals(text.split("\r\n").length, 100_001);
    await noMoreFdsThan(before);
  });

  it("passes on keys, and stops reading them at the end", async () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    using input = new FdStream(os.dup(reader));
    os.write(writer, new TextEncoder().encode("hello\r"));
    const { text } = await run("read line; echo got $line", input);
    assertEquals(text, "hello\r\ngot hello\r\n");
    os.write(writer, new TextEncoder().encode("\x03"));
    // The shell itself reads. One that starts another program could miss the signal for it.
    assertEquals((await run("read line", input)).signal, "SIGINT");
  });

  it("the program has the command's output and exit code", async () => {
    const args = ["test -t 0 && stty size; exit 5"];
    // Node has no permission for the environment.
    const permissions = runtime === "deno" ? ["--allow-ffi", "--allow-env"] : undefined;
    const { code, output } = await outcome(
      start("../../examples/child_terminal", { args, permissions }),
    );
    assertEquals(code, 5);
    assertStringIncludes(output, "24 80\r\n");
  });
});
