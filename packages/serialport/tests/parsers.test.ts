/** What comes from a terminal goes through the parsers of npm's serialport. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { waitReadable } from "@fdready/fdready";
import { openpty, read, write } from "@fdready/fdready/os";
import { Fds } from "../../../tests/support/fds.ts";
import { ReadlineParser } from "../mod.ts";

describe("a parser", () => {
  it("makes lines of bytes from a terminal", async () => {
    using fds = new Fds();
    const { controller, terminal } = openpty();
    fds.own(controller);
    fds.own(terminal);
    write(controller, new TextEncoder().encode("hello\n"));
    await waitReadable(terminal);
    const buffer = new Uint8Array(64);
    const count = read(terminal, buffer);
    const lines = new ReadlineParser();
    const line = once(lines, "data");
    lines.write(buffer.subarray(0, count));
    assertEquals(await line, ["hello"]);
  });
});
