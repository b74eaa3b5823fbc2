/** The machine and the versions of all contenders. Nothing identifies the machine or its owner. */

import os from "node:os";
import type { Machine } from "../../_tools/figures/host.ts";
import { findTokio, python, rustEnvironment } from "./requirement.ts";
import { tryRun } from "./run.ts";

/** Queries the system and all contenders. */
export async function describeMachine(): Promise<Machine> {
  return {
    kernel: `Linux ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cpus: os.cpus().length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    versions: await versions(),
  };
}

async function versions(): Promise<Record<string, string>> {
  const pkgConfig = (name: string) => ["pkg-config", "--modversion", name];
  const commands: Record<string, string[]> = {
    bun: ["bun", "--version"],
    node: ["node", "--version"],
    libc: ["getconf", "GNU_LIBC_VERSION"],
    cc: ["cc", "-dumpfullversion"],
    python: [python, "--version"],
    trio: [python, "-c", "import trio; print(trio.__version__)"],
    libevent: pkgConfig("libevent"),
    libuv: pkgConfig("libuv"),
    rustc: [rustEnvironment.RUSTC!, "--version"],
    tokio: [...findTokio],
    go: ["go", "version"],
  };
  const found: Record<string, string> = { deno: Deno.version.deno, v8: Deno.version.v8 };
  for (const [name, command] of Object.entries(commands)) {
    const version = await tryRun(...command);
    if (version) {
      found[name] = version.replace(/^(v|glibc |Python |rustc |go version go)/, "").split(" ")[0]!;
    }
  }
  return found;
}
