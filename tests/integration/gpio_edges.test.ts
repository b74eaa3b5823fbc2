/** A GPIO line: its structs compared with the C headers, and recorded bytes instead of a chip. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { writeFileSync } from "node:fs";
import * as gpio from "../../examples/gpio_edges.ts";
import { closeFd, SystemError } from "../../mod.ts";
import { pipe, write } from "../../src/os/mod.ts";
import { cannotCompile, compile, compilers } from "../support/c_compiler.ts";
import { countFds } from "../support/fds.ts";
import { run } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const headers = ["stddef.h", "linux/gpio.h"];

/** Members with another path in C. */
const inner: Readonly<Record<string, string>> = { flags: "config.flags" };

for (const [architecture, compiler] of Object.entries(compilers)) {
  describeUnless(
    cannotCompile(compiler, headers),
    `GPIO's structs in C, ${architecture}`,
    () => {
      it("have the same layout as in C", () => {
        const structs = {
          gpio_v2_line_request: gpio.lineRequest,
          gpio_v2_line_event: gpio.lineEvent,
        };
        const layouts = Object.entries(structs).flatMap(([struct, { length, ...members }]) => [
          `sizeof(struct ${struct}) == ${length}`,
          ...Object.entries(members).map(([member, at]) =>
            `offsetof(struct ${struct}, ${inner[member] ?? member}) == ${at}`
          ),
        ]);
        const numbers = Object.entries(gpio)
          .filter(([, value]) => typeof value === "number" || typeof value === "bigint")
          .map(([name, value]) => `${name} == ${value}`);
        assertEquals(numbers.length, 5);
        const statements = [...layouts, ...numbers].map((claim) => `_Static_assert(${claim}, "");`);
        assertEquals(compile(compiler, headers, statements), "");
      });
    },
  );
}

/** A button on line 17 is pressed and released. Then some edges are missing. */
const recording = Uint8Array.fromHex(`
  15cd5b0700000000 01000000 11000000 01000000 01000000 000000000000000000000000000000000000000000000000
  16cd5b0700000000 02000000 11000000 02000000 02000000 000000000000000000000000000000000000000000000000
  0000000001000000 01000000 11000000 09000000 09000000 000000000000000000000000000000000000000000000000
`.replaceAll(/\s/g, ""));

describe("examples/gpio_edges.ts", () => {
  it("readEdges() yields the edges", async () => {
    const [reader, writer] = pipe();
    const edges = Array.fromAsync(gpio.readEdges(reader));
    write(writer, recording.subarray(0, 96));
    write(writer, recording.subarray(96));
    closeFd(writer);
    assertEquals(await edges, [
      { direction: "rising", time: 123_456_789n, line: 17, sequence: 1 },
      { direction: "falling", time: 123_456_790n, line: 17, sequence: 2 },
      { direction: "rising", time: 2n ** 32n, line: 17, sequence: 9 },
    ]);
    closeFd(reader);
  });

  it("openLine() throws for a device that isn't a chip, and leaves nothing open", async () => {
    const before = countFds();
    assertThrows(() => gpio.openLine("/dev/null", 17), SystemError, "ENOTTY");
    assertEquals(countFds(), before);
    using folder = new TemporaryFolder();
    writeFileSync(`${folder.path}/chip`, "");
    const args = [`${folder.path}/chip`, "17"];
    const result = await run("../../examples/gpio_edges", { args, permissions: ["--allow-ffi"] });
    assertEquals(result.output.includes("ENOTTY"), true, result.output);
  });
});
