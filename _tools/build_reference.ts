/** Builds the reference of all packages, as web pages. */

import { resolve } from "node:path";
import { readCommandLine } from "../examples/support/command_line.ts";
import { entryPoints } from "../tests/support/packages.ts";
import { root } from "../tests/support/root.ts";

const usage = `
deno task doc:html [options]

Builds the reference of all packages as web pages. They need no server: open index.html.

  --output FOLDER    where to put it; the default is the folder reference, which git ignores
`;

const { values } = readCommandLine(usage, { output: { type: "string", default: "reference" } });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--quiet", "--html", "--name=fdready", `--output=${resolve(values.output)}`]
    .concat(entryPoints),
  cwd: root,
}).spawn().status;
Deno.exitCode = code;
