/** Whole programs and Workers that use terminals. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run, runtime } from "../../../tests/support/programs.ts";
import { describeUnless } from "../../../tests/support/skip.ts";
import { startWorker } from "../../../tests/support/workers.ts";

const name = "../../packages/pty/tests/programs/run_program";

describe("a program", () => {
  it("ends once its terminals have", async () => {
    const { code, output } = await run(name);
    assertEquals(code, 0);
    assertStringIncludes(output, "got text\\r\\n");
    assertEquals(output.trim().split("\n").at(-1), "exit 0");
  });

  it("may end before its terminals, without an error", async () => {
    assertEquals(await run(name, { args: ["early"] }), { code: 0, signal: null, output: "" });
  });
});

const noPermissions = runtime === "bun" ? "it has no permissions" : undefined;

describeUnless(noPermissions, "permissions", () => {
  it("are enough without --allow-run", async () => {
    const permissions = ["--allow-ffi", "--allow-read", "--allow-env"];
    const { code, output } = await run(name, { permissions });
    assertEquals(code, 0);
    assertStringIncludes(output, "got text\\r\\n");
  });
});

describe("a listener that throws", () => {
  it("is reported as an uncaught error, and the terminal still works", async () => {
    const { code, output } = await run("../../packages/pty/tests/programs/throwing_listeners");
    assertEquals(code, 0);
    assertEquals(output.trim().split("\n"), [
      "uncaught: data",
      "more",
      "uncaught: data of a job",
      "exit 4",
      "uncaught: exit",
    ]);
  });
});

describe("a Worker", () => {
  it("runs programs in terminals", async () => {
    using worker = startWorker("../../../packages/pty/tests/programs/worker");
    const expected = Array.from({ length: 1000 }, (_, index) => `${index + 1}\r\n`).join("");
    assertEquals(await worker.next(), { output: expected, exitCode: 3 });
  });
});
