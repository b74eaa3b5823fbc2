/** Builds peers in a temporary folder, each once. */

import { cargo, rustEnvironment } from "./requirement.ts";
import { peerFile } from "./paths.ts";
import { run } from "./run.ts";

const builds = new Map<string, Promise<string>>();
let folder: string | undefined;

/**
 * The result of `make`, which is called once for each `name`, with a path in the temporary folder.
 */
export function once(name: string, make: (path: string) => Promise<string>): Promise<string> {
  let built = builds.get(name);
  if (built === undefined) {
    folder ??= Deno.makeTempDirSync({ prefix: "fdready-bench-" });
    built = make(`${folder}/${name}`);
    builds.set(name, built);
  }
  return built;
}

/** The executable of a peer in C. */
export function buildC(name: string, library?: string): Promise<string> {
  return once(name, async (executable) => {
    const options = ["-O2", "-Wall", "-Wextra", "-pthread"];
    const libraries = library === undefined ? [] : [library];
    await run(["cc", ...options, "-o", executable, peerFile(`${name}.c`), ...libraries]);
    return executable;
  });
}

/** The executable of a peer in Go. */
export function buildGo(name: string): Promise<string> {
  return once(`${name}_go`, async (executable) => {
    await run(["go", "build", "-o", executable, peerFile(`${name}.go`), peerFile("support.go")]);
    return executable;
  });
}

/** Where Debian's Rust packages put their sources. */
const debianRegistry = "/usr/share/cargo/registry";

/** The executable of a peer with tokio. All of them are built together, without network. */
export async function buildTokio(name: string): Promise<string> {
  const target = await once("tokio", async (path) => {
    // A copy, because cargo writes its lock file next to the manifest.
    await run(["cp", "-r", peerFile("tokio"), path]);
    const sources = [
      `source.crates-io.replace-with="debian"`,
      `source.debian.directory="${debianRegistry}"`,
    ].flatMap((setting) => ["--config", setting]);
    const options = ["--release", "--offline", "--quiet", "--target-dir", `${path}/target`];
    const manifest = ["--manifest-path", `${path}/Cargo.toml`];
    await run([cargo, "build", ...options, ...manifest, ...sources], { env: rustEnvironment });
    return `${path}/target/release`;
  });
  return `${target}/${name}`;
}

/** Removes all builds. */
export function removeBuilds(): void {
  if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  folder = undefined;
  builds.clear();
}
