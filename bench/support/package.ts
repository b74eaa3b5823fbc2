/** fdready as users install it from npm: JavaScript, packed with `deno task pack`. */

import { packForNpm } from "../../_tools/npm/pack_for_npm.ts";
import { once } from "./build.ts";
import { peerFile, root } from "./paths.ts";
import { run } from "./run.ts";

/** A folder with the installed package, and with copies of the peers `files` that import it. */
export function installPackage(...files: string[]): Promise<string> {
  return once("project", async (folder) => {
    const tarball = `${folder}/fdready.tgz`;
    const installed = `${folder}/node_modules/@fdready/fdready`;
    await run(["mkdir", "-p", installed]);
    await packForNpm(root, tarball);
    await run(["tar", "-xzf", tarball, "--strip-components=1", "-C", installed]);
    const { version } = JSON.parse(await Deno.readTextFile(`${installed}/package.json`));
    const manifest = { type: "module", dependencies: { "@fdready/fdready": version } };
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest));
    for (const file of files) await Deno.copyFile(peerFile(file), `${folder}/${file}`);
    return folder;
  });
}
