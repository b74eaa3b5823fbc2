import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readlinkSync } from "node:fs";
import * as os from "../../src/os/mod.ts";
import { spinUntil } from "../support/event_loop.ts";
import { Fds } from "../support/fds.ts";

describe("openpty()", () => {
  it("opens two connected ends, and returns the terminal's path", () => {
    using fds = new Fds();
    const { controller, terminal, name } = os.openpty();
    fds.own(controller);
    fds.own(terminal);
    assertEquals(readlinkSync(`/proc/self/fd/${terminal}`), name);
    os.write(terminal, new TextEncoder().encode("hi\n"));
    const buffer = new Uint8Array(16);
    let shown = "";
    const isComplete = () => {
      const count = os.read(controller, buffer) ?? 0;
      shown += new TextDecoder().decode(buffer.subarray(0, count));
      return shown.length >= 4;
    };
    spinUntil(isComplete, () => new Error(`It only shows ${JSON.stringify(shown)}`));
    assertEquals(shown, "hi\r\n");
  });
});
