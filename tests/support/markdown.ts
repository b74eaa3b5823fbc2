/**
 * Extracts the TypeScript in pages of documentation, and makes it run.
 *
 * A block that is marked as `ts` runs as it is, with the changes in HTML comments immediately
 * before it, which readers don't see:
 *
 *     <!-- before
 *     code in front of it
 *     -->
 *     <!-- after
 *     code behind it
 *     -->
 *     <!-- with "/dev/ttyUSB0" as path -->      replaces the first by the second everywhere
 */

/** A block of TypeScript. */
export interface Snippet {
  /** The number of its first line, from 1. */
  readonly line: number;
  /** The code that readers see. */
  readonly code: string;
  /** The code to run. */
  readonly program: string;
}

const block = /(?<comments>(?:<!--.*?-->\s*)*)^```ts\n(?<code>.*?)^```$/gms;
const comment = /<!--\s*(?<kind>before|after|with)\s(?<text>.*?)-->/gs;
const replacement = /^(?<what>.+?) as (?<by>.+)$/s;

/** All snippets of `page`. `more` has further comments for each, which the page doesn't have. */
export function snippets(page: string, more: readonly string[] = []): Snippet[] {
  return [...page.matchAll(block)].map(({ index, groups }, number) => {
    const { comments = "", code = "" } = groups!;
    const line = page.slice(0, index + comments.length).split("\n").length;
    return { line, code, program: assemble(comments + (more[number] ?? ""), code) };
  });
}

function assemble(comments: string, code: string): string {
  const before: string[] = [];
  const after: string[] = [];
  for (const { groups } of comments.matchAll(comment)) {
    const { kind, text = "" } = groups!;
    if (kind === "before") before.push(text);
    else if (kind === "after") after.push(text);
    else code = replace(code, text);
  }
  return [...before, code, ...after].join("\n");
}

function replace(code: string, text: string): string {
  const { what, by } = replacement.exec(text.trim())?.groups ?? {};
  if (what === undefined || by === undefined) throw new Error(`Not "what as by": ${text}`);
  if (!code.includes(what)) throw new Error(`The block doesn't have ${what}:\n${code}`);
  return code.replaceAll(what, by);
}

/** The numbers of the lines where a block of TypeScript begins, however it is marked. */
export function typeScriptLines(page: string): number[] {
  return page.split("\n").flatMap((line, index) =>
    /^[\s>]*(`{3,}|~{3,})\s*\{?\s*(ts|tsx|mts|cts|typescript)\b/i.test(line) ? [index + 1] : []
  );
}

/** `page` without code and comments, in which brackets have other meanings. */
function prose(page: string): string {
  return page
    .replace(/<!--.*?-->/gs, "")
    .replace(/^(\s*)(`{3,}|~{3,})[^\n]*\n.*?^\s*\2[^\S\n]*$/gms, "")
    .replace(/(`+)(?!`).*?[^`]\1(?!`)/gs, (code) => code.replace(/[^\w\n -]/g, ""));
}

/**
 * A relative link. `path` is empty for a link within the page, `anchor` for one to a whole file.
 */
export interface RelativeLink {
  readonly path: string;
  readonly anchor: string;
}

/** The relative links of `page`: those of links, pictures, definitions and HTML. */
export function relativeLinks(page: string): RelativeLink[] {
  const found = [
    /\]\(\s*<?([^)\s>]+)/g,
    /^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/gm,
    /<[a-z]+\b[^>]*?\b(?:href|src)="([^"]+)"/gi,
  ].flatMap((pattern) => [...prose(page).matchAll(pattern)].map(([, target = ""]) => target));
  return found.filter((target) => !/^([a-z][a-z\d+.-]*:|\/\/)/i.test(target)).map((target) => {
    const [path = "", anchor = ""] = target.split("#");
    return { path: decodeURIComponent(path), anchor };
  });
}

/** The anchors of the headings of `page`, as GitHub and JSR create them. */
export function anchors(page: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ""] of prose(page).matchAll(/^#{1,6}\s+(.+)$/gm)) {
    const text = heading.toLowerCase().replace(/\]\([^)]*\)/g, "");
    const anchor = text.replace(/[^\p{L}\p{N}_ -]/gu, "").trim().replaceAll(" ", "-");
    let unique = anchor;
    for (let count = 1; found.has(unique); count++) unique = `${anchor}-${count}`;
    found.add(unique);
  }
  return found;
}
