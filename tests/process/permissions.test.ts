/** Which permissions the module needs, and when. */

import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { copyFileSync, writeFileSync } from "node:fs";
import { libcPath } from "../support/libc_path.ts";
import { run, runtime } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("import", () => {
  it("needs no permission", async () => {
    const result = await run("permissions", { args: ["import"], permissions: [] });
    assertEquals(result, { code: 0, signal: null, output: "function\n" });
  });
});

describe("waitReadable()", () => {
  it("works with only --allow-ffi", async () => {
    const result = await run("permissions", { args: ["use"], permissions: ["--allow-ffi"] });
    assertMatch(result.output, /^EBADF (uv|uring|thread)\n$/);
    assertEquals(result.code, 0);
  });

  it("rejects with UnsupportedPlatformError on other systems than Linux", async () => {
    for (const platform of ["darwin", "win32", "freebsd"]) {
      const result = await run("permissions", { args: ["platform", platform] });
      assertEquals(result, { code: 0, signal: null, output: "UnsupportedPlatformError\n" });
    }
  });

  it("rejects with UnsupportedPlatformError on an old or unknown runtime", async () => {
    const needs: [runtime: string, version: string, says: string][] = [
      ["deno", "2.7.14", "fdready needs Deno 2.8.0 or later; this is Deno 2.7.14"],
      ["deno", "1.46.3", "fdready needs Deno 2.8.0 or later; this is Deno 1.46.3"],
      ["bun", "1.3.14", "fdready needs Bun 1.4.0 or later; this is Bun 1.3.14"],
      ["node", "24.0.0", "fdready needs node:ffi of Node 26.9 or later; this is Node 24.0.0"],
      ["node", "26.8.2", "fdready needs node:ffi of Node 26.9 or later; this is Node 26.8.2"],
      [
        "other",
        "1.0.0",
        "fdready needs Deno, Bun or Node, for their foreign function interface; " +
        "this is none of them",
      ],
    ];
    for (const [name, version, says] of needs) {
      const { output } = await run("permissions", { args: ["version", name, version] });
      assertEquals(output, `${says}\n`);
    }
  });

  it("rejects with UnsupportedPlatformError if useLibc() names no library", async () => {
    const result = await run("permissions", { args: ["use", "/nonexistent/libc.so.6"] });
    assertMatch(result.output, /UnsupportedPlatformError.*\/nonexistent\/libc\.so\.6/s);
  });

  it("works with the C library that useLibc() names", async () => {
    const result = await run("permissions", { args: ["use", libcPath()] });
    assertMatch(result.output, /^EBADF (uv|uring|thread)\n$/);
  });

  if (runtime === "node") {
    it("rejects with Node's own error without --allow-ffi", async () => {
      const result = await run("permissions", { args: ["code"], permissions: [] });
      assertEquals(result, { code: 0, signal: null, output: "ERR_ACCESS_DENIED\n" });
    });

    it("names the permission that the driver uring needs", async () => {
      const permissions = ["--allow-ffi"];
      const { output } = await run("permissions", { args: ["uring"], permissions });
      assertMatch(output, /^UnsupportedPlatformError: .* (EACCES .*--allow-net|io_uring_setup)/);
    });

    it("rejects with advice if Node has no node:ffi", async () => {
      const result = await run("permissions", {
        args: ["wait"],
        env: { NODE_OPTIONS: "--no-experimental-ffi" },
      });
      assertEquals(result, { code: 0, signal: null, output: "UnsupportedPlatformError\n" });
    });
  }

  if (runtime === "deno") {
    it("rejects with Deno's own error if --allow-ffi is denied", async () => {
      const result = await run("permissions", { args: ["wait"], permissions: ["--deny-ffi"] });
      assertEquals(result, { code: 0, signal: null, output: "NotCapable\n" });
    });

    it("rejects with advice if a grant is a name without a path", async () => {
      const permissions = ["--allow-ffi=libc.so.6"];
      const result = await run("permissions", { args: ["use"], permissions });
      assertMatch(result.output, /UnsupportedPlatformError.*absolute path/s);
      assertEquals(result.code, 1);
    });

    it("works with a grant that excludes another library, whatever the current folder contains", async () => {
      using folder = new TemporaryFolder();
      writeFileSync(`${folder.path}/libc.so.6`, "no library");
      const permissions = ["--allow-ffi", "--deny-ffi=/any/other.so"];
      const result = await run("permissions", { args: ["use"], permissions, folder: folder.path });
      assertMatch(result.output, /^EBADF (uv|uring|thread)\n$/);
    });

    it("opens no library in the current folder, even with a grant for its name", async () => {
      using folder = new TemporaryFolder();
      copyFileSync(libcPath(), `${folder.path}/libc.so.6`);
      const permissions = ["--allow-ffi=libc.so.6"];
      const result = await run("permissions", { args: ["use"], permissions, folder: folder.path });
      assertMatch(result.output, /UnsupportedPlatformError.*absolute path/s);
    });

    it("rejects with Deno's own error, which has an absolute path, with a grant for another library", async () => {
      const permissions = ["--allow-ffi=/any/other.so"];
      const result = await run("permissions", { args: ["use"], permissions });
      assertMatch(result.output, /NotCapable: Requires ffi access to "\/\S+\/libc\.so\.6"/);
    });

    it("works with a grant for the path of the C library only", async () => {
      const path = libcPath();
      const permissions = [`--allow-ffi=${path}`];
      for (const args of [["use"], ["use", path]]) {
        const result = await run("permissions", { args, permissions });
        assertMatch(result.output, /^EBADF (uv|uring|thread)\n$/);
      }
    });
  }
});
