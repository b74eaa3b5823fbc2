/** Fills figures into pages of documentation, whose prose is written by hand. */

const root = new URL("../..", import.meta.url);

/** The texts, by the names of their places. */
export type Places = Readonly<Record<string, string>>;

/**
 * Puts each text between the comments that mark its place, in the page at `path` from the root.
 * Returns whether that changes the page. If `check` is set, writes nothing.
 */
export async function fillPage(path: string, places: Places, check = false): Promise<boolean> {
  const url = new URL(path, root);
  const old = await Deno.readTextFile(url);
  const page = await formatted(Object.entries(places).reduce(filled, old));
  if (page !== old && !check) await Deno.writeTextFile(url, page);
  return page !== old;
}

function filled(page: string, [name, text]: [name: string, text: string]): string {
  const place = new RegExp(`(<!-- ${name} -->\n).*?(<!-- end of ${name} -->)`, "s");
  if (!place.test(page)) throw new Error(`There is no place for ${name}`);
  return page.replace(place, (_, start, end) => `${start}\n${text}\n\n${end}`);
}

/** The format of `deno fmt`. */
async function formatted(page: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  });
  const child = command.spawn();
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    ReadableStream.from([new TextEncoder().encode(page)]).pipeTo(child.stdin),
  ]);
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}
