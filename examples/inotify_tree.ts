/**
 * Watches a folder and all folders in it, and prints what happens there until it is interrupted.
 *
 *     deno run --allow-ffi --allow-read=. examples/inotify_tree.ts .
 *     bun examples/inotify_tree.ts .
 *
 * Each folder takes one of the watches that /proc/sys/fs/inotify/max_user_watches allows.
 */

import { readdirSync } from "node:fs";
import { closeFd, waitReadable } from "@fdready/fdready";
import {
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_ONLYDIR,
  IN_Q_OVERFLOW,
  inotify,
  inotifyAddWatch,
  type InotifyEvent,
  readInotify,
} from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi --allow-read=. examples/inotify_tree.ts [folder]
bun examples/inotify_tree.ts [folder]

Watches a folder, the current one by default, and all folders in it, and prints what happens there.
`;

const bits = {
  created: IN_CREATE,
  written: IN_CLOSE_WRITE,
  movedFrom: IN_MOVED_FROM,
  movedTo: IN_MOVED_TO,
  deleted: IN_DELETE,
} as const;
const kinds = Object.keys(bits) as (keyof typeof bits)[];

const mask = Object.values(bits).reduce((all: number, bit) => all | bit, 0) |
  IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

/** How a folder may fail to be one by now. */
const gone: unknown[] = ["ENOENT", "ENOTDIR"];

/** One thing that happened. */
export interface Change {
  /**
   * What it was. `"found"` is what was in a new folder already when it was given its watch, and
   * `"overflow"` says that changes before it are missing, nobody knows how many.
   */
  readonly what: keyof typeof bits | "found" | "overflow";
  readonly path: string;
  /** The same for the two halves of a move within the tree, else 0. */
  readonly cookie: number;
}

/**
 * Watches a tree of folders, from the moment that it is made. The kernel keeps events until they are
 * read, up to /proc/sys/fs/inotify/max_queued_events of them.
 *
 * inotify watches folders, not trees, so that each new folder has to be given a watch. What was put
 * into it until then is reported as `"found"`, and perhaps by an event once more. A folder that is
 * moved out of the tree keeps its watch, and is reported by the path that it had.
 */
export class TreeWatcher implements Disposable {
  readonly #root: string;
  readonly #fd: number;
  /** By the number of the watch. */
  readonly #folders = new Map<number, string>();
  /** Read, but not yet handed out. */
  #pending: Change[] = [];
  #closed = false;

  constructor(root: string) {
    this.#root = root;
    this.#fd = inotify();
    try {
      this.#folders.set(inotifyAddWatch(this.#fd, root, mask), root);
      this.#watchInside(root);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * What happens, in order, until the root is gone, or the signal aborts. One can leave and come
   * back: nothing is lost.
   */
  async *changes(options?: { readonly signal?: AbortSignal }): AsyncGenerator<Change, void> {
    for (;;) {
      options?.signal?.throwIfAborted();
      const change = this.#pending.shift();
      if (change !== undefined) {
        yield change;
      } else if (this.#folders.size === 0) {
        return;
      } else {
        // Before each read, since a wait lets timers run, and so the signal abort, also while
        // changes never cease.
        await waitReadable(this.#fd, options);
        this.#pending = readInotify(this.#fd).flatMap((event) => this.#changesBy(event));
      }
    }
  }

  /** Whoever waits for changes gets a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#folders.clear();
    this.#pending = [];
    closeFd(this.#fd);
  }

  /** Does what `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  #changesBy({ wd, mask, cookie, name }: InotifyEvent): Change[] {
    if (mask & IN_Q_OVERFLOW) {
      // There may be new folders. Those who now look for themselves miss nothing from here on.
      this.#watch(this.#root);
      return [{ what: "overflow", path: this.#root, cookie }];
    }
    const folder = this.#folders.get(wd);
    if (mask & IN_IGNORED) this.#folders.delete(wd);
    if (folder === undefined || mask & IN_IGNORED) return [];
    const path = `${folder}/${name}`;
    const what = kinds.find((kind) => mask & bits[kind])!;
    const isNewFolder = mask & IN_ISDIR && mask & (IN_CREATE | IN_MOVED_TO);
    return [{ what, path, cookie }, ...(isNewFolder ? this.#watch(path) : [])];
  }

  /** Watches a folder that may be gone by now, and all in it. Returns what it finds there. */
  #watch(folder: string): Change[] {
    if (this.#closed) return [];
    try {
      // Before looking inside, so that nothing comes in between. A folder that was moved within the
      // tree has a watch, and keeps its number: what changes is the path.
      this.#folders.set(inotifyAddWatch(this.#fd, folder, mask), folder);
      return this.#watchInside(folder);
    } catch (error) {
      if (error instanceof Error && "code" in error && gone.includes(error.code)) return [];
      throw error;
    }
  }

  #watchInside(folder: string): Change[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      const found: Change = { what: "found", path, cookie: 0 };
      return entry.isDirectory() ? [found, ...this.#watch(path)] : [found];
    });
  }
}

if (import.meta.main) {
  const { positionals: [folder = "."] } = readCommandLine(usage, {}, { most: 1 });
  using watcher = new TreeWatcher(folder);
  console.log("watching");
  for await (const { what, path } of watcher.changes()) console.log(what, path);
}
