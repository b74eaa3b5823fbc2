/** Programs that the runtime reloads in the same process: `deno run --watch`, `bun --hot`. */

import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { testRuntimes } from "../../_tools/runner/runtimes.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { longestRun, matching, runtime } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const reloads = 4;

/** How many the default manager has. Bun has one more open for each file that it watches. */
const descriptors = 5;

/**
 * Waits, so that the manager has slept once. Then collects garbage until at most `limit`
 * descriptors are open, and prints how many are.
 */
function program(version: number, limit: number): string {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  return `
    import { notifyClosing, waitReadable } from ${url("../../mod.ts")};
    import { close, pipe, timerfd } from ${url("../../src/os/mod.ts")};
    import { countFds } from ${url("../support/fds.ts")};
    import { collected } from ${url("../support/garbage.ts")};
    import { assertEquals } from ${url("../../_tools/std/assert/mod.ts")};

    // Like most programs, keeps the process alive, and a reference to this module.
    setInterval(() => waitReadable, 1e6);
    // Bun keeps the waits of earlier loads: they can still be notified of a close.
    if (process.versions.bun) {
      const [reader] = globalThis.reader ??= pipe();
      notifyClosing(reader);
      assertEquals(await globalThis.ending, ${version === 0 ? undefined : '"ClosedResourceError"'});
      globalThis.ending = waitReadable(reader).catch((error) => error.name);
    }

    const fd = timerfd({ initial: 20 });
    await waitReadable(fd);
    close(fd);
    await collected(() => countFds() <= ${limit});
    console.log("version", ${version}, "has", countFds(), "descriptors");
  `;
}

/** Each runtime's arguments that run a program again when it changes. */
const watchArguments: Record<RuntimeName, (path: string) => string[]> = {
  deno: (path) => ["run", "-A", "--no-check", "--v8-flags=--expose-gc", "--watch", path],
  bun: (path) => ["--hot", path],
  node: (path) => ["--watch", ...testRuntimes.node.programArguments(path, { exposeGc: true })],
};

/**
 * Writes `text` to the file, and again in case the runtime missed the change because it was
 * reloading. Each pause is twice as long as the last one, so that a slow machine has the time to
 * load the program in between. Returns a function that ends this.
 */
function writeRepeatedly(path: string, text: string): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const write = (pause: number) => {
    writeFileSync(path, text);
    timer = setTimeout(write, pause, 2 * pause);
  };
  write(2000);
  return () => clearTimeout(timer);
}

describe("a program that is reloaded", () => {
  it("leaves no descriptors behind", async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/program.ts`;
    writeFileSync(path, program(0, Infinity));
    const args = watchArguments[runtime](path);
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
      timeout: longestRun,
    });
    try {
      const printed = (version: number) =>
        matching(child, new RegExp(`version ${version} has (\\d+) descriptors`));
      const first = Number((await printed(0))[1]);
      for (let version = 1; version <= reloads; version++) {
        const next = printed(version);
        const stop = writeRepeatedly(path, program(version, first + descriptors));
        await next.finally(stop);
      }
    } finally {
      // Node runs the program in another process, and passes this signal on.
      child.kill("SIGTERM");
    }
  });
});
