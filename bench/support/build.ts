/** Builds the peers that are written in C, each once, in a temporary folder. */

import { peerFile } from "./paths.ts";
import { run } from "./run.ts";

const builds = new Map<string, Promise<string>>();
let folder: string | undefined;

/** The executable built of the peer `name`. */
export function build(name: string, library?: string): Promise<string> {
  let built = builds.get(name);
  if (built === undefined) {
    built = compile(name, library);
    builds.set(name, built);
  }
  return built;
}

async function compile(name: string, library?: string): Promise<string> {
  folder ??= Deno.makeTempDirSync({ prefix: "fdready-bench-" });
  const executable = `${folder}/${name}`;
  const options = ["-O2", "-Wall", "-Wextra", "-pthread"];
  const libraries = library === undefined ? [] : [library];
  await run(["cc", ...options, "-o", executable, peerFile(`${name}.c`), ...libraries]);
  return executable;
}

/** Removes all that has been built. */
export function removeBuilds(): void {
  if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  folder = undefined;
  builds.clear();
}
