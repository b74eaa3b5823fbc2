/** A tree of folders, watched while another process changes it. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Change, TreeWatcher } from "../../examples/inotify_tree.ts";
import { ClosedResourceError, SystemError } from "../../mod.ts";
import { countFds } from "../support/fds.ts";
import { outcome, printed, run, start } from "../support/programs.ts";
import { reportSkip } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { changeTree, expectedChanges, makeFolders } from "../support/tree_changes.ts";
import { TurnCounter } from "../support/event_loop.ts";

const setting = "/proc/sys/fs/inotify/max_queued_events";
const queueLength = Number(readFileSync(setting, "utf8"));

/** Reads changes up to the first one for which `last` returns true. */
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

function withoutCookies(changes: readonly Change[]): Omit<Change, "cookie">[] {
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
    assertEquals(withoutCookies(changes), expected);
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
      assertEquals(withoutCookies(changes.slice(0, -1)), expected);
      assertEquals(changes.at(-1)!.path, folder.path);
      writeFileSync(`${folder.path}/unseen/file`, "");
      const path = `${folder.path}/unseen/file`;
      assertEquals(withoutCookies(await until(watcher, ({ what }) => what === "written")), [
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
    assertEquals(withoutCookies(await until(watcher, ({ path }) => path.endsWith("early"))), [
      { what: "created", path: `${folder.path}/new` },
      { what: "found", path: `${folder.path}/new/inner` },
      { what: "found", path: `${folder.path}/new/inner/early` },
    ]);
    writeFileSync(`${folder.path}/new/inner/late`, "");
    assertEquals(withoutCookies(await until(watcher, ({ what }) => what === "written")), [
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
    assertEquals(withoutCookies(await until(watcher, ({ what }) => what === "deleted")), [
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

  it("the program prints changes, with only --allow-ffi and permission to read the tree", async () => {
    using folder = new TemporaryFolder();
    const child = start("../../examples/inotify_tree", {
      args: [folder.path],
      permissions: ["--allow-ffi", `--allow-read=${folder.path}`],
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
