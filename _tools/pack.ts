/** Creates the tarballs of the packages for npm. */

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { misuse, readCommandLine } from "../examples/support/command_line.ts";
import { packages } from "../tests/support/packages.ts";
import { packForNpm } from "./npm/pack_for_npm.ts";

const usage = `
deno task pack [--output folder] [names...]

Creates the tarballs of the packages for npm: fdready.tgz, pty.tgz, serialport.tgz, unix-dgram.tgz
and usocket.tgz, or only those that are named. The others depend on fdready.tgz, so install it with
them.

  --output folder   the folder for the tarballs; the default is the root of the clone
`;

const root = resolve(import.meta.dirname!, "..");

/** The folders of the packages, by the names of their tarballs. */
const folders: Readonly<Record<string, string>> = {
  fdready: ".",
  ...Object.fromEntries(packages.map((folder) => [folder.split("/").at(-1)!, folder])),
};

const { values, positionals } = readCommandLine(
  usage,
  { output: { type: "string", default: root } },
  { most: Infinity },
);
const output = resolve(values.output);
mkdirSync(output, { recursive: true });
for (const name of positionals) {
  if (folders[name] === undefined) misuse(`there is no package ${name}`);
}
for (const name of positionals.length > 0 ? positionals : Object.keys(folders)) {
  const tarball = join(output, `${name}.tgz`);
  await packForNpm(join(root, folders[name]!), tarball);
  console.log(tarball);
}
