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

/** Reads changes until `last` is among them. */
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

describe("a watched tree of folders", () => {
  it("reports 10,000 changes by another process, all of them and in order", async () => {
    using folder = new TemporaryFolder();
    makeFolders(folder.path);
    using watcher = new TreeWatcher(folder.path);
    using turns = new TurnCounter();
    const expected = expectedChanges(folder.path, 10_000);
    // 15,000 events, which fit into the queue that Linux has unless told, however slow this is.
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

  it("says that changes are missing if the kernel's queue overflows, and goes on", {
    ignore: !bearable,
  }, async () => {
    using folder = new TemporaryFolder();
    makeFolders(folder.path);
    using watcher = new TreeWatcher(folder.path);
    // Six events for each four changes, and nobody reads.
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
  });

  it("goes into new folders, and finds what is there already", async () => {
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

  it("follows folders that are moved within it, and forgets those that are deleted", async () => {
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

  it("ends when its root is gone", async () => {
    using folder = new TemporaryFolder();
    using watcher = new TreeWatcher(folder.path);
    rmSync(folder.path, { recursive: true });
    assertEquals(await until(watcher, () => false), []);
  });

  it("can be left and come back to, and closed", async () => {
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

  it("looks at the signal while changes never cease, and loses none", async () => {
    using folder = new TemporaryFolder();
    using watcher = new TreeWatcher(folder.path);
    const controller = new AbortController();
    const made: string[] = [];
    const seen: string[] = [];
    const most = 5000; // so that a watcher that never looks fails here, rather than goes on
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

  it("hands out nothing once the signal has aborted, and keeps what it has read", async () => {
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

  it("is printed, with no permissions but --allow-ffi and to read it", async () => {
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
