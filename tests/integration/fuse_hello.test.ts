/** A file system that this process serves, used by other processes. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { it } from "@std/testing/bdd";
import type { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { HelloFileSystem } from "../../examples/fuse_hello.ts";
import { SystemError } from "../../mod.ts";
import { countFdsTo } from "../support/fds.ts";
import { outcome, printed, start } from "../support/programs.ts";
import { Random } from "../support/random.ts";
import { describeUnless } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { TurnCounter } from "../support/event_loop.ts";

/** Runs a command. Resolves to its output. */
async function outputOf(script: string): Promise<Buffer> {
  const options = { encoding: "buffer", maxBuffer: 2 ** 26 } as const;
  return (await promisify(execFile)("sh", ["-c", script], options)).stdout;
}

async function shell(script: string): Promise<string> {
  return (await outputOf(script)).toString();
}

async function cannotMount(): Promise<string | undefined> {
  using folder = new TemporaryFolder();
  try {
    using fileSystem = new HelloFileSystem(folder.path, new Uint8Array());
    fileSystem.unmount();
    await fileSystem.done;
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `needs /dev/fuse and root: ${error.message}`;
  }
}

describeUnless(await cannotMount(), "HelloFileSystem (FUSE)", () => {
  it("can be listed and read by several processes at once", async () => {
    using folder = new TemporaryFolder();
    const content = new Random(3).bytes(400_001);
    const fileSystem = new HelloFileSystem(folder.path, content);
    {
      using _mounted = fileSystem;
      using turns = new TurnCounter();
      const path = `${folder.path}/hello`;
      assertEquals(await shell(`ls -a ${folder.path}`), ".\n..\nhello\n");
      assertEquals(await shell(`stat -c '%s %a' ${path}`), "400001 444\n");
      assertEquals(
        await shell(`tail -c 5 ${path} | od -An -tu1`),
        ` ${[...content.subarray(-5)].map((byte) => String(byte).padStart(3)).join(" ")}\n`,
      );
      const cat = async () => assert((await outputOf(`cat ${path}`)).equals(content));
      await Promise.all(Array.from({ length: 20 }, cat));
      await assertRejects(() => shell(`cat ${folder.path}/nope`), Error, "No such file");
      await assertRejects(() => shell(`echo >> ${path}`), Error, "Read-only file system");
      assert(turns.count > 0, "the event loop was blocked");
    }
    await fileSystem.done;
  });

  it("ends when another process unmounts it, and leaves nothing open", async () => {
    using folder = new TemporaryFolder();
    using fileSystem = new HelloFileSystem(folder.path, new Uint8Array());
    await shell(`umount ${folder.path}`);
    await fileSystem.done;
    fileSystem.unmount();
    assertThrows(() => new HelloFileSystem(`${folder.path}/nope`, new Uint8Array()), SystemError);
    assertEquals(countFdsTo("/dev/fuse"), 0);
  });

  it("is unmounted when its program is interrupted", async () => {
    using folder = new TemporaryFolder();
    const args = [folder.path];
    const child = start("../../examples/fuse_hello", { args, permissions: ["--allow-ffi"] });
    const ended = outcome(child);
    await printed(child, "mounted");
    assertEquals(await shell(`cat ${folder.path}/hello`), "hello from this process\n");
    // After `child.kill`, Deno reports that signal, whatever ended the child.
    process.kill(child.pid!, "SIGINT");
    const output = `mounted on ${folder.path}\n`;
    assertEquals(await ended, { code: 0, signal: null, output });
    assertEquals(await shell(`ls -a ${folder.path}`), ".\n..\n");
  });
});
