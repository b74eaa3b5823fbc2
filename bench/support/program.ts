/** The programs that do a workload: what they need, and how to start them. */

import { buildC, buildGo, buildTokio } from "./build.ts";
import { type Need, needs, python } from "./requirement.ts";
import { peerFile } from "./paths.ts";

export interface Program {
  readonly needs: readonly Need[];
  /** The command line. Builds the program if that has yet to be done. */
  readonly command: () => Promise<string[]>;
}

type Argument = string | number;

function interpreted(
  interpreter: string[],
  file: string,
  args: Argument[],
  needs: Need[],
): Program {
  const command = [...interpreter, peerFile(file), ...args.map(String)];
  return { needs, command: () => Promise.resolve(command) };
}

export function deno(file: string, args: Argument[] = [], flags: string[] = []): Program {
  return interpreted([Deno.execPath(), "run", "-A", "--quiet", ...flags], file, args, []);
}

export function bun(file: string, args: Argument[] = [], flags: string[] = []): Program {
  return interpreted(["bun", ...flags], file, args, [needs.bun]);
}

export function node(file: string, args: Argument[] = [], more: Need[] = []): Program {
  return interpreted(["node"], file, args, [needs.node, ...more]);
}

export function py(file: string, args: Argument[] = [], more: Need[] = []): Program {
  // -B: no __pycache__ among the sources.
  return interpreted([python, "-B"], file, args, [needs.python, ...more]);
}

/** A program in C; `library` is what it is linked with. */
export function c(
  name: string,
  args: Argument[] = [],
  library?: { readonly flag: string; readonly need: Need },
): Program {
  return {
    needs: [needs.compiler, ...(library === undefined ? [] : [library.need])],
    command: async () => [await buildC(name, library?.flag), ...args.map(String)],
  };
}

/** A program in Go. */
export function go(name: string, args: Argument[] = []): Program {
  return {
    needs: [needs.go],
    command: async () => [await buildGo(name), ...args.map(String)],
  };
}

/** A program in Rust, with tokio. */
export function tokio(name: string, args: Argument[] = []): Program {
  return {
    needs: [needs.cargo, needs.tokio],
    command: async () => [await buildTokio(name), ...args.map(String)],
  };
}

/** The program `outer`, given the command line of `inner` as its last arguments. */
export function around(outer: Program, inner: Program): Program {
  return {
    needs: [...outer.needs, ...inner.needs],
    command: async () => [...await outer.command(), ...await inner.command()],
  };
}

/** `inner` with room for `descriptors`. */
export function withDescriptors(descriptors: number, inner: Program): Program {
  const script = `ulimit -n ${descriptors} && exec "$@"`;
  return around({ needs: [], command: () => Promise.resolve(["sh", "-c", script, "sh"]) }, inner);
}
