/** Finds broken relative links in Markdown files. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { anchors, relativeLinks } from "./markdown.ts";

/**
 * The broken relative links of all Markdown files in `files`, which are paths relative to `folder`.
 * A link must lead to one of `files` or to a folder of them, and its anchor to a heading.
 */
export function brokenLinks(folder: string, files: readonly string[]): string[] {
  const places = new Set(files.flatMap(withFolders));
  const text = (file: string) => readFileSync(join(folder, file), "utf8");
  return files.filter((file) => file.endsWith(".md")).flatMap((file) =>
    relativeLinks(text(file)).flatMap(({ path, anchor }) => {
      const target = path === "" ? file : join(dirname(file), path).replace(/\/$/, "");
      const leads = places.has(target) &&
        (anchor === "" || !target.endsWith(".md") || anchors(text(target)).has(anchor));
      return leads ? [] : [`${file}: ${path}${anchor === "" ? "" : `#${anchor}`}`];
    })
  );
}

function withFolders(file: string): string[] {
  return file === "." ? [file] : [file, ...withFolders(dirname(file))];
}
