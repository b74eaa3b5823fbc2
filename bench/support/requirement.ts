/** What a peer needs that may not be installed. */

import { peerFile } from "./paths.ts";
import { tryRun } from "./run.ts";

export interface Need {
  readonly what: string;
  /** How to get it. */
  readonly install: string;
  /** Whether it is there. */
  readonly isMet: () => Promise<boolean>;
}

function need(what: string, install: string, ...probe: string[]): Need {
  let met: Promise<boolean> | undefined;
  const isMet = () => met ??= tryRun(...probe).then((output) => output !== undefined);
  return { what, install, isMet };
}

function header(name: string, debianPackage: string): Need {
  const probe = ["cc", "-E", "-x", "c", "-include", name, "/dev/null"];
  return need(name, `apt-get install ${debianPackage}`, ...probe);
}

/** The system's own program if there is one, since that is the one its packages are for. */
async function preferSystem(name: string): Promise<string> {
  const path = `/usr/bin/${name}`;
  return await tryRun(path, "--version") === undefined ? name : path;
}

export const python: string = await preferSystem("python3");
export const cargo: string = await preferSystem("cargo");
/** Makes `cargo` use the compiler that it came with. */
export const rustEnvironment: Record<string, string> = { RUSTC: await preferSystem("rustc") };

/** The version of tokio among the sources that Debian has packages of. */
export const findTokio: readonly string[] = [
  "sh",
  "-ec",
  `cd /usr/share/cargo/registry; set -- tokio-1.*; [ -d "$1" ]; echo "\${1#tokio-}"`,
];

export const needs = {
  bun: need("bun", "npm ci", "bun", "--version"),
  compiler: need("cc", "apt-get install gcc libc6-dev", "cc", "--version"),
  cargo: need("cargo", "apt-get install cargo", cargo, "--version"),
  go: need("go", "apt-get install golang-go", "go", "version"),
  libevent: header("event2/event.h", "libevent-dev"),
  libuv: header("uv.h", "libuv1-dev"),
  node: need("node", "apt-get install nodejs", "node", "--version"),
  nodeEpoll: need(
    "the npm package epoll",
    "npm install --no-save epoll@4.0.2",
    ...["node", "-e", `require("module").createRequire(process.argv[1])("epoll")`],
    peerFile("pipes_node_epoll.js"),
  ),
  tokio: need("tokio", "apt-get install librust-tokio-dev", ...findTokio),
  python: need("python3", "apt-get install python3", python, "--version"),
  trio: need("Trio", "apt-get install python3-trio", python, "-c", "import trio"),
} as const;

/** Those of `wanted` that aren't there. */
export async function unmet(wanted: readonly Need[]): Promise<Need[]> {
  const met = await Promise.all(wanted.map((need) => need.isMet()));
  return wanted.filter((_, index) => !met[index]);
}
