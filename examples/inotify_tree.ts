/**
 * Watches a folder and all folders in it, and prints the changes until it is interrupted.
 *
 *     deno run --allow-ffi examples/inotify_tree.ts .
 *     bun examples/inotify_tree.ts .
 *     node examples/inotify_tree.ts .
 *
 * Each folder needs a watch. /proc/sys/fs/inotify/max_user_watches limits their number. A name
 * can be any bytes, so paths are bytes here, and text only for printing.
 */

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
import { listDirectory } from "./support/directory.ts";

const usage = `
deno run --allow-ffi examples/inotify_tree.ts [folder]
bun examples/inotify_tree.ts [folder]
node examples/inotify_tree.ts [folder]

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

const slash = 0x2f;

/** The errors for a folder that has disappeared or become a file. */
const gone: unknown[] = ["ENOENT", "ENOTDIR"];

/** A change. */
export interface Change {
  /**
   * The kind of change. `"found"` is a file that a new folder already contained when its watch
   * began. `"overflow"` means that an unknown number of earlier changes is missing.
   */
  readonly what: keyof typeof bits | "found" | "overflow";
  /** The path. Bytes that aren't UTF-8 are replaced. */
  readonly path: string;
  readonly pathBytes: Uint8Array<ArrayBuffer>;
  /** The same number for both halves of a move within the tree, otherwise 0. */
  readonly cookie: number;
}

/**
 * Watches a tree of folders, from its construction on. The kernel keeps events until they are read,
 * up to the limit in /proc/sys/fs/inotify/max_queued_events.
 *
 * inotify watches folders, not trees, so each new folder needs a watch. Files that it contains by
 * then are reported as `"found"`, and some may be reported again by an event. A folder that is
 * moved out of the tree keeps its watch, and is reported with its old path.
 */
export class TreeWatcher implements Disposable {
  readonly #root: Uint8Array<ArrayBuffer>;
  readonly #fd: number;
  /** The paths of the folders, by the numbers of their watches. */
  readonly #folders = new Map<number, Uint8Array<ArrayBuffer>>();
  /** Changes that were read but not yet yielded. */
  #pending: Change[] = [];
  #closed = false;

  constructor(root: string) {
    this.#root = new TextEncoder().encode(root);
    this.#fd = inotify();
    try {
      this.#folders.set(inotifyAddWatch(this.#fd, root, mask), this.#root);
      this.#watchInside(this.#root);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Yields the changes in order, until the root disappears or the signal aborts. It can be called
   * again later, and nothing is lost in between.
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
        // This comes before each read, because only a wait lets timers run, and so lets the signal
        // abort, if changes keep coming.
        await waitReadable(this.#fd, options);
        this.#pending = readInotify(this.#fd).flatMap((event) => this.#changesBy(event));
      }
    }
  }

  /** Stops watching. A pending call rejects with a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#folders.clear();
    this.#pending = [];
    closeFd(this.#fd);
  }

  /** Stops watching, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  #changesBy({ wd, mask, cookie, nameBytes }: InotifyEvent): Change[] {
    if (mask & IN_Q_OVERFLOW) {
      // There may be new folders. A caller that lists folders now misses nothing.
      this.#watch(this.#root);
      return [createChange("overflow", this.#root, cookie)];
    }
    const folder = this.#folders.get(wd);
    if (mask & IN_IGNORED) this.#folders.delete(wd);
    if (folder === undefined || mask & IN_IGNORED) return [];
    const path = join(folder, nameBytes);
    const what = kinds.find((kind) => mask & bits[kind])!;
    const isNewFolder = mask & IN_ISDIR && mask & (IN_CREATE | IN_MOVED_TO);
    return [createChange(what, path, cookie), ...(isNewFolder ? this.#watch(path) : [])];
  }

  /**
   * Watches a folder, which may have disappeared, and all folders in it. Returns the files that it
   * finds there.
   */
  #watch(folder: Uint8Array<ArrayBuffer>): Change[] {
    if (this.#closed) return [];
    try {
      // This comes before the listing, so that no change is lost in between. A folder that was
      // moved within the tree keeps its watch and number, and gets a new path.
      this.#folders.set(inotifyAddWatch(this.#fd, folder, mask), folder);
      return this.#watchInside(folder);
    } catch (error) {
      if (error instanceof Error && "code" in error && gone.includes(error.code)) return [];
      throw error;
    }
  }

  #watchInside(folder: Uint8Array): Change[] {
    return listDirectory(folder).flatMap(({ name, isDirectory }) => {
      const path = join(folder, name);
      const found = createChange("found", path, 0);
      // What isn't a folder after all has no watch.
      return isDirectory === false ? [found] : [found, ...this.#watch(path)];
    });
  }
}

function createChange(
  what: Change["what"],
  pathBytes: Uint8Array<ArrayBuffer>,
  cookie: number,
): Change {
  return { what, path: new TextDecoder().decode(pathBytes), pathBytes, cookie };
}

/** The path of the file `name` in `folder`. */
function join(folder: Uint8Array, name: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...folder, slash, ...name);
}

if (import.meta.main) {
  const { positionals: [folder = "."] } = readCommandLine(usage, {}, { most: 1 });
  using watcher = new TreeWatcher(folder);
  console.log("watching");
  for await (const { what, path } of watcher.changes()) console.log(what, path);
}
