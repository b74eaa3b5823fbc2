/** Builds the reference of all packages, as web pages. */

import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readCommandLine } from "../examples/support/command_line.ts";
import { entryPoints, packages } from "../tests/support/packages.ts";
import { root } from "../tests/support/root.ts";

const usage = `
deno task doc:html [options]

Builds the reference of all packages as web pages. They need no server: open index.html.

  --output FOLDER    where to put it; the default is the folder reference, which git ignores
`;

/** A module: its name in an import, its name in `deno doc`, and its page in the output. */
interface Module {
  readonly name: string;
  readonly specifier: string;
  readonly breadcrumb: string;
  readonly page: string;
}

/** The modules, in the order of the list on the first page. */
const modules: readonly Module[] = [
  { name: "@fdready/fdready", specifier: ".", breadcrumb: "default", page: "index.html" },
  { name: "@fdready/fdready/os", specifier: "os", breadcrumb: "os", page: "os/index.html" },
  ...packages.map((folder) => ({
    name: packageName(folder),
    specifier: `${folder}/mod.ts`,
    breadcrumb: `${folder}/mod.ts`,
    page: `${folder}/mod.ts/index.html`,
  })),
];

function packageName(folder: string): string {
  const { name }: { name: string } = JSON.parse(
    readFileSync(`${root}/${folder}/deno.json`, "utf8"),
  );
  return name;
}

/** Names the modules in `page` as programs import them, instead of by their paths. */
function nameModules(page: string): string {
  for (const { name, specifier, breadcrumb } of modules) {
    const link = `">${breadcrumb.replaceAll("/", "&#x2F;")}</a>`;
    page = page
      .replaceAll(` from &quot;${specifier}&quot;;`, ` from &quot;${name}&quot;;`)
      .replaceAll(`class="contextLink${link}`, `class="contextLink">${name}</a>`)
      .replaceAll(
        `class="link text-xl font-bold${link}`,
        `class="link text-xl font-bold">${name}</a>`,
      );
  }
  return page;
}

/** Adds a list of all modules to the first page. */
function listModules(page: string): string {
  const items = modules.map(({ name, page }) =>
    `<li><a href="${page}" title="${name}">${name}</a></li>`
  );
  const list = `<nav class="documentNavigation"><h3>Modules</h3><ul>${items.join("")}</ul></nav>`;
  return page.replace('<nav class="topSymbols">', (start) => `${list}${start}`);
}

/** Lets a long import in the box "Usage" wrap. */
const style = `
.usageContent pre, .usageContent code { white-space: pre-wrap !important; overflow-wrap: anywhere !important; }
`;

const { values } = readCommandLine(usage, { output: { type: "string", default: "reference" } });
const folder = resolve(values.output);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--quiet", "--html", "--name=fdready", `--output=${folder}`].concat(entryPoints),
  cwd: root,
}).spawn().status;
if (code === 0) {
  appendFileSync(join(folder, "page.css"), style);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".html")) continue;
    const path = join(folder, name);
    const page = nameModules(readFileSync(path, "utf8"));
    writeFileSync(path, name === "index.html" ? listModules(page) : page);
  }
}
Deno.exitCode = code;
