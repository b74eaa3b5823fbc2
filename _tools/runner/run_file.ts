import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { countTests, none, type Totals } from "./junit.ts";
import { testRuntimes } from "./runtimes.ts";

export interface RunOptions {
  readonly root: string;
  readonly filter?: string;
  readonly driver?: string;
  /** The folder for the figures that tests record. */
  readonly results?: string;
  /** The folder where Node's processes keep what they have compiled, for each other. */
  readonly compileCache: string;
  readonly timeout: number;
  /** The programs of the runtimes. */
  readonly programs: Readonly<Record<RuntimeName, string>>;
}

/** The result of a test file on a runtime. */
export interface FileResult {
  readonly totals: Totals;
  readonly output: string;
  readonly seconds: number;
  /** Why the file failed, besides its tests. */
  readonly problem?: string;
}

const reportName = "report.xml";

/**
 * Runs a file in its own process: a crash or hang costs one file, and files don't see each other's
 * descriptors. The file has its own TMPDIR, and must leave nothing there.
 */
export async function runFile(
  runtime: RuntimeName,
  file: string,
  options: RunOptions,
): Promise<FileResult> {
  const folder = await Deno.makeTempDir({ prefix: "fdready-" });
  // PostgreSQL runs as another user.
  await Deno.chmod(folder, 0o755);
  const report = `${folder}/${reportName}`;
  const started = performance.now();
  try {
    const { output, ending } = await runProcess(runtime, file, report, folder, options);
    const seconds = (performance.now() - started) / 1000;
    const xml = await Deno.readTextFile(report).catch(() => "");
    const verdict = judge(xml, output, ending, await leftIn(folder), options);
    return { ...verdict, output, seconds };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function leftIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).filter((name) => name !== reportName);
}

type Ending = { timedOut: true } | { timedOut: false; status: Deno.CommandStatus };

function judge(
  report: string,
  output: string,
  ending: Ending,
  left: readonly string[],
  { filter, timeout }: RunOptions,
): { totals: Totals; problem?: string } {
  const totals = countTests(report);
  const fail = (problem: string) => ({
    totals: { ...totals, failed: totals.failed + 1 },
    problem,
  });
  // Runtimes may report tests that the filter excludes as skipped. Bun exits with 1 if it excludes
  // all.
  if (filter !== undefined) totals.skipped = 0;
  if (ending.timedOut) return fail(`killed after ${timeout} s`);
  if (filter !== undefined && output.includes("matched 0 tests")) return { totals: none() };
  const { success, code, signal } = ending.status;
  if (!success && totals.failed === 0) return fail(signal ?? `exit code ${code}`);
  if (signal) return fail(signal);
  if (left.length > 0) return fail(`left ${left.join(", ")} in its TMPDIR`);
  const ran = totals.passed + totals.failed + totals.skipped;
  return ran === 0 && filter === undefined ? fail("no tests ran") : { totals };
}

async function runProcess(
  runtime: RuntimeName,
  file: string,
  report: string,
  folder: string,
  options: RunOptions,
): Promise<{ output: string; ending: Ending }> {
  const child = command(runtime, file, report, folder, options).spawn();
  const output: string[] = [];
  const drained = Promise.all([collect(child.stdout, output), collect(child.stderr, output)]);
  const ending = await waitOrKill(child, options.timeout);
  // A grandchild that inherited the pipes may outlive the runtime.
  await within(drained, 10);
  return { output: output.join(""), ending };
}

function command(
  runtime: RuntimeName,
  file: string,
  report: string,
  folder: string,
  { root, filter, driver, results, compileCache, programs }: RunOptions,
): Deno.Command {
  const path = file.startsWith("/") ? file : `./${file}`;
  return new Deno.Command(programs[runtime], {
    args: testRuntimes[runtime].testArguments(path, { report, filter }),
    cwd: root,
    env: {
      TMPDIR: folder,
      FDREADY_TEST_REPORT: report,
      NODE_COMPILE_CACHE: compileCache,
      // It opens a socket for a moment, while tests count descriptors.
      DENO_NO_UPDATE_CHECK: "1",
      ...(driver === undefined ? {} : { FDREADY_TEST_DRIVER: driver }),
      ...(results === undefined ? {} : { FDREADY_TEST_RESULTS: results }),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) into.push(text);
}

async function waitOrKill(child: Deno.ChildProcess, seconds: number): Promise<Ending> {
  const status = await within(child.status, seconds);
  if (status) return { timedOut: false, status };
  child.kill("SIGKILL");
  await child.status;
  return { timedOut: true };
}

async function within<T>(promise: Promise<T>, seconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000, undefined);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
