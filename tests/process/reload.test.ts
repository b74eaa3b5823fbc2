/** Programs that the runtime loads again and again in one process: `deno run --watch`, `bun --hot`. */

import { assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { matching, runtime } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const reloads = 4;

/** What the default manager holds. One that nobody can reach may still wait for the garbage collector. */
const descriptors = 5;

/** Waits, so that the manager is asleep once, and tells how many descriptors there are. */
function program(version: number): string {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  return `
    import { notifyClosing, waitReadable } from ${url("../../mod.ts")};
    import { close, pipe, timerfd } from ${url("../../src/os/mod.ts")};
    import { collectGarbage } from ${url("../support/garbage.ts")};
    import { assertEquals } from ${url("../../_tools/std/assert/mod.ts")};
    import { readdirSync } from "node:fs";

    // Keeps the process, and what it can reach of this module, as programs do.
    setInterval(() => waitReadable, 1e6);
    // Bun keeps what earlier loads have begun: they can still be told of a closing.
    if (process.versions.bun) {
      const [left] = globalThis.left ??= pipe();
      notifyClosing(left);
      assertEquals(await globalThis.ending, ${version === 0 ? undefined : '"ClosedResourceError"'});
      globalThis.ending = waitReadable(left).catch((error) => error.name);
    }

    const fd = timerfd({ initial: 20 });
    await waitReadable(fd);
    close(fd);
    for (let round = 0; round < 20; round++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log("version", ${version}, "has", readdirSync("/proc/self/fd").length, "descriptors");
  `;
}

describe("a program that is loaded again", () => {
  it("leaves no descriptors behind", async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/program.ts`;
    writeFileSync(path, program(0));
    const args = runtime === "deno"
      ? ["run", "-A", "--no-check", "--v8-flags=--expose-gc", "--watch", path]
      : ["--hot", path];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    try {
      const counts: number[] = [];
      for (let version = 0; version <= reloads; version++) {
        if (version > 0) writeFileSync(path, program(version));
        const told = new RegExp(`version ${version} has (\\d+) descriptors`);
        counts.push(Number((await matching(child, told))[1]));
      }
      assertLessOrEqual(Math.max(...counts), counts[0]! + descriptors, counts.join());
    } finally {
      child.kill("SIGKILL");
    }
  });
});
