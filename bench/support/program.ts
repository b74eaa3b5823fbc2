/** The programs of workloads: their requirements, and how to start them. */

import { buildC, buildGo, buildTokio } from "./build.ts";
import { findProgram, testRuntimes } from "../../_tools/runner/runtimes.ts";
import { python, type Requirement, requirements } from "./requirement.ts";
import { peerFile } from "./paths.ts";

export interface Program {
  readonly requirements: readonly Requirement[];
  /** Returns the command line. Builds the program first if necessary. */
  readonly command: () => Promise<string[]>;
}

type Argument = string | number;

const nodeCommand = findProgram("node");

function interpreted(
  interpreter: string[],
  file: string,
  args: Argument[],
  requirements: Requirement[],
): Program {
  const command = [...interpreter, peerFile(file), ...args.map(String)];
  return { requirements, command: () => Promise.resolve(command) };
}

export function deno(file: string, args: Argument[] = [], flags: string[] = []): Program {
  return interpreted([Deno.execPath(), "run", "-A", "--quiet", ...flags], file, args, []);
}

export function bun(file: string, args: Argument[] = [], flags: string[] = []): Program {
  return interpreted(["bun", ...flags], file, args, [requirements.bun]);
}

export function node(file: string, args: Argument[] = [], more: Requirement[] = []): Program {
  return interpreted([nodeCommand], file, args, [requirements.node, ...more]);
}

/** A program in TypeScript, which imports the packages of this workspace. */
export function nodeInWorkspace(
  file: string,
  args: Argument[] = [],
  flags: string[] = [],
): Program {
  const program = testRuntimes.node.programArguments(peerFile(file));
  const command = [nodeCommand, ...flags, ...program, ...args.map(String)];
  return { requirements: [requirements.node], command: () => Promise.resolve(command) };
}

export function py(file: string, args: Argument[] = [], more: Requirement[] = []): Program {
  // -B: no __pycache__ in the sources.
  return interpreted([python, "-B"], file, args, [requirements.python, ...more]);
}

/** A program in C, linked with `library`. */
export function c(
  name: string,
  args: Argument[] = [],
  library?: { readonly flag: string; readonly requirement: Requirement },
): Program {
  return {
    requirements: [requirements.compiler, ...(library === undefined ? [] : [library.requirement])],
    command: async () => [await buildC(name, library?.flag), ...args.map(String)],
  };
}

/** A program in Go. */
export function go(name: string, args: Argument[] = []): Program {
  return {
    requirements: [requirements.go],
    command: async () => [await buildGo(name), ...args.map(String)],
  };
}

/** A program in Rust, with tokio. */
export function tokio(name: string, args: Argument[] = []): Program {
  return {
    requirements: [requirements.cargo, requirements.tokio],
    command: async () => [await buildTokio(name), ...args.map(String)],
  };
}

/** The program `outer`, whose last arguments are the command line of `inner`. */
export function around(outer: Program, inner: Program): Program {
  return {
    requirements: [...outer.requirements, ...inner.requirements],
    command: async () => [...await outer.command(), ...await inner.command()],
  };
}

/** `inner`, with a limit of `descriptors`. */
export function withDescriptors(descriptors: number, inner: Program): Program {
  const script = `ulimit -n ${descriptors} && exec "$@"`;
  return around(
    { requirements: [], command: () => Promise.resolve(["sh", "-c", script, "sh"]) },
    inner,
  );
}
