/** Changes a tree of folders, and lists the changes to expect. */

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Change } from "../../examples/inotify_tree.ts";

/** Folders that exist before. */
const folders = ["a", "a/b", "a/b/c", "d"];

/** The number of changes for each file: it is created, moved, linked to and deleted. */
const changesPerFile = 4;

export function makeFolders(root: string): void {
  for (const folder of folders) mkdirSync(`${root}/${folder}`);
}

/** Makes `count` changes, a multiple of 4. */
export function changeTree(root: string, count: number): void {
  for (let n = 0; n < count / changesPerFile; n++) {
    const { file, moved, link } = pathsOf(root, n);
    writeFileSync(file, "");
    renameSync(file, moved);
    symlinkSync("nowhere", link);
    rmSync(moved);
  }
}

/** The changes that a watcher sees, in order. */
export function expectedChanges(root: string, count: number): Pick<Change, "what" | "path">[] {
  return Array.from({ length: count / changesPerFile }, (_, n) => {
    const { file, moved, link } = pathsOf(root, n);
    return [
      { what: "created", path: file },
      { what: "written", path: file },
      { what: "movedFrom", path: file },
      { what: "movedTo", path: moved },
      { what: "created", path: link },
      { what: "deleted", path: moved },
    ] as const;
  }).flat();
}

function pathsOf(root: string, n: number): { file: string; moved: string; link: string } {
  const [one, other] = [folders[n % folders.length], folders[(n + 1) % folders.length]];
  return {
    file: `${root}/${one}/file ${n}`,
    moved: `${root}/${other}/moved ${n}`,
    link: `${root}/${one}/link ${n}`,
  };
}
