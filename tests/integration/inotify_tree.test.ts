/** A tree of folders, watched while another process changes it. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Change, TreeWatcher } from "../../examples/inotify_tree.ts";
import { ClosedResourceError, SystemError } from "../../mod.ts";
import { close, O_CREAT, O_WRONLY, open } from "../../src/os/mod.ts";
import { run as runChild } from "../support/children.ts";
import { countFds } from "../support/fds.ts";
import { outcome, printed, run, start } from "../support/programs.ts";
import { reportSkip } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { changeTree, expectedChanges, makeFolders } from "../support/tree_changes.ts";
import { TurnCounter } from "../support/event_loop.ts";

const setting = "/proc/sys/fs/inotify/max_queued_events";
const queueLength = Number(readFileSync(setting, "utf8"));

/** Reads changes until `last` returns true for one. */
async function until(
  watcher: TreeWatcher,
  last: (change: Change) => boolean,
): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const change of watcher.changes()) {
    changes.push(change);
    if (last(change)) break;
  }
  return changes;
}

function withoutDetails(changes: readonly Change[]): Pick<Change, "what" | "path">[] {
  return changes.map(({ what, path }) => ({ what, path }));
}

describe("TreeWatcher", () => {
  it("changes() yields 10,000 changes of another process, all of them and in order", async () => {
    using folder = new TemporaryFolder();
    makeFolders(folder.path);
    using watcher = new TreeWatcher(folder.path);
    using turns = new TurnCounter();
    const expected = expectedChanges(folder.path, 10_000);
    // 15,000 events fit into the queue that Linux has by default, however slow this test is.
    const changing = run("change_tree", { args: [folder.path, "10000"] });
    const last = expected.at(-1)!;
    const changes = await until(
      watcher,
      ({ what, path }) => what === last.what && path === last.path,
    );
    assertEquals(await changing, { code: 0, signal: null, output: "" });
    assertEquals(withoutDetails(changes), expected);
    for (let at = 0; at < changes.length; at += 6) {
      const [from, to] = changes.slice(at + 2, at + 4);
      assert(from!.cookie !== 0 && from!.cookie === to!.cookie, "the halves of a move are told");
    }
    assert(turns.count > 0, "the event loop was blocked");
  });

  const bearable = queueLength <= 100_000;
  if (!bearable) reportSkip("the overflow of inotify's queue", `${setting} is ${queueLength}`);

  it(
    "changes() reports that changes are missing after an overflow of the kernel's queue, and continues",
    {
      ignore: !bearable,
    },
    async () => {
      using folder = new TemporaryFolder();
      makeFolders(folder.path);
      using watcher = new TreeWatcher(folder.path);
      // Six events for every four changes, which are not read.
      const count = 4 * (Math.floor(queueLength / 6) + 1);
      changeTree(folder.path, count);
      mkdirSync(`${folder.path}/unseen`);
      const changes = await until(watcher, ({ what }) => what === "overflow");
      assertEquals(changes.length, queueLength + 1);
      const expected = expectedChanges(folder.path, count).slice(0, queueLength);
      assertEquals(withoutDetails(changes.slice(0, -1)), expected);
      assertEquals(changes.at(-1)!.path, folder.path);
      writeFileSync(`${folder.path}/unseen/file`, "");
      const path = `${folder.path}/unseen/file`;
      assertEquals(withoutDetails(await until(watcher, ({ what }) => what === "written")), [
        { what: "created", path },
        { what: "written", path },
      ]);
    },
  );

  it("changes() includes new folders, and files that they contain already", async () => {
    using folder = new TemporaryFolder();
    using watcher = new TreeWatcher(folder.path);
    mkdirSync(`${folder.path}/new/inner`, { recursive: true });
    writeFileSync(`${folder.path}/new/inner/early`, "");
    assertEquals(withoutDetails(await until(watcher, ({ path }) => path.endsWith("early"))), [
      { what: "created", path: `${folder.path}/new` },
      { what: "found", path: `${folder.path}/new/inner` },
      { what: "found", path: `${folder.path}/new/inner/early` },
    ]);
    writeFileSync(`${folder.path}/new/inner/late`, "");
    assertEquals(withoutDetails(await until(watcher, ({ what }) => what === "written")), [
      { what: "created", path: `${folder.path}/new/inner/late` },
      { what: "written", path: `${folder.path}/new/inner/late` },
    ]);
  });

  it("changes() follows folders that are moved within the tree, and omits deleted ones", async () => {
    using folder = new TemporaryFolder();
    makeFolders(folder.path);
    using watcher = new TreeWatcher(folder.path);
    renameSync(`${folder.path}/a`, `${folder.path}/z`);
    writeFileSync(`${folder.path}/z/b/c/file`, "");
    rmSync(`${folder.path}/d`, { recursive: true });
    assertEquals(withoutDetails(await until(watcher, ({ what }) => what === "deleted")), [
      { what: "movedFrom", path: `${folder.path}/a` },
      { what: "movedTo", path: `${folder.path}/z` },
      { what: "found", path: `${folder.path}/z/b` },
      { what: "found", path: `${folder.path}/z/b/c` },
      { what: "found", path: `${folder.path}/z/b/c/file` },
      { what: "created", path: `${folder.path}/z/b/c/file` },
      { what: "written", path: `${folder.path}/z/b/c/file` },
      { what: "deleted", path: `${folder.path}/d` },
    ]);
  });

  it("changes() includes folders whose names aren't UTF-8", async () => {
    using folder = new TemporaryFolder();
    const within = (...names: number[][]) =>
      Uint8Array.from(names.reduce(
        (path, name) => [...path, 0x2f, ...name],
        [...new TextEncoder().encode(folder.path)],
      ));
    const writeFile = (path: Uint8Array) => close(open(path, O_WRONLY | O_CREAT, 0o600));
    const command = async (name: string, ...args: (string | Uint8Array)[]) =>
      assertEquals(await runChild(name, { args }), { output: "", code: 0, signal: null });

    const old = within([0xff, 0xfe], [0x61, 0xff]);
    await command("/bin/mkdir", "-p", old);
    using watcher = new TreeWatcher(folder.path);
    const inOld = within([0xff, 0xfe], [0x61, 0xff], [0xe4]);
    writeFile(inOld);
    const changes = await until(watcher, ({ what }) => what === "written");
    assertEquals(changes.map(({ what, pathBytes }) => [what, pathBytes]), [
      ["created", inOld],
      ["written", inOld],
    ]);
    assertEquals(changes[0]!.path, new TextDecoder().decode(inOld));

    const young = within([0xff, 0xfe], [0xc3]);
    await command("/bin/mkdir", young);
    assertEquals((await until(watcher, () => true))[0]!.pathBytes, young);
    const inYoung = within([0xff, 0xfe], [0xc3], [0xa4]);
    writeFile(inYoung);
    const more = await until(watcher, ({ what }) => what === "written");
    assertEquals(more.map(({ pathBytes }) => pathBytes), [inYoung, inYoung]);
    // Deno can't remove such names.
    await command("/bin/rm", "-r", within([0xff, 0xfe]));
  });

  it("changes() ends when the root is deleted", async () => {
    using folder = new TemporaryFolder();
    using watcher = new TreeWatcher(folder.path);
    rmSync(folder.path, { recursive: true });
    assertEquals(await until(watcher, () => false), []);
  });

  it("changes() can be left and called again, and rejects after a close", async () => {
    using folder = new TemporaryFolder();
    const before = countFds();
    assertThrows(() => new TreeWatcher(`${folder.path}/nothing`), SystemError, "ENOENT");
    const watcher = new TreeWatcher(folder.path);
    const controller = new AbortController();
    const waiting = watcher.changes(controller).next();
    controller.abort(new Error("later"));
    await assertRejects(() => waiting, Error, "later");
    writeFileSync(`${folder.path}/file`, "");
    assertEquals((await watcher.changes().next()).value?.what, "created");
    assertEquals((await watcher.changes().next()).value?.what, "written");
    const closing = watcher.changes().next();
    watcher.close();
    watcher.close();
    await assertRejects(() => closing, ClosedResourceError);
    assertEquals((await watcher.changes().next()).done, true);
    assertEquals(countFds(), before);
  });

  it("changes() rejects on an abort while changes keep coming, and loses none", async () => {
    using folder = new TemporaryFolder();
    using watcher = new TreeWatcher(folder.path);
    const controller = new AbortController();
    const made: string[] = [];
    const seen: string[] = [];
    const most = 5000; // If it ignored the signal, this would fail rather than run forever.
    const make = () => {
      const path = `${folder.path}/${made.length}`;
      made.push(path);
      mkdirSync(path);
    };
    make();
    make();
    setTimeout(() => controller.abort(new Error("enough")));
    await assertRejects(
      async () => {
        for await (const { path } of watcher.changes(controller)) {
          seen.push(path);
          if (made.length < most) make();
        }
      },
      Error,
      "enough",
    );
    assert(made.length < most, "the event loop was blocked");
    for await (const { path } of watcher.changes()) {
      seen.push(path);
      if (seen.length === made.length) break;
    }
    assertEquals(seen, made);
  });

  it("changes() yields nothing after an abort, and keeps what it has read", async () => {
    using folder = new TemporaryFolder();
    using watcher = new TreeWatcher(folder.path);
    writeFileSync(`${folder.path}/file`, "");
    const controller = new AbortController();
    const changes = watcher.changes(controller);
    assertEquals((await changes.next()).value?.what, "created");
    controller.abort(new Error("enough"));
    await assertRejects(() => changes.next(), Error, "enough");
    assertEquals((await watcher.changes().next()).value?.what, "written");
  });

  it("the program prints changes, with only --allow-ffi", async () => {
    using folder = new TemporaryFolder();
    const child = start("../../examples/inotify_tree", {
      args: [folder.path],
      permissions: ["--allow-ffi"],
    });
    const ended = outcome(child);
    await printed(child, "watching");
    const all = printed(child, "written");
    writeFileSync(`${folder.path}/file`, "");
    await all;
    child.kill();
    const file = `${folder.path}/file`;
    assertEquals((await ended).output, `watching\ncreated ${file}\nwritten ${file}\n`);
  });
});
