/** Changes of a tree of folders, and what they are for those who watch it. */

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Change } from "../../examples/inotify_tree.ts";

/** Folders that are there before. */
const folders = ["a", "a/b", "a/b/c", "d"];

/** How many changes the kernel is asked to make for each file: it is made, moved, linked to, deleted. */
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

/** What there is to see of `count` changes, in order. The cookies of moves aside, which are chance. */
export function expectedChanges(root: string, count: number): Omit<Change, "cookie">[] {
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
