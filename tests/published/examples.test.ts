/** Examples print their usage. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { runtimeNames } from "../../_tools/runner/runtimes.ts";
import { commandFor, type Outcome, runtime } from "../support/programs.ts";
import { root } from "../support/root.ts";
import { help, refusal, runUntouched } from "../support/run_command.ts";

function run(file: string, args: readonly string[]): Promise<Outcome> {
  // Neither help nor an error needs a permission.
  const [command, ...rest] = [...commandFor(file, { permissions: [] }), ...args];
  return runUntouched(command, rest);
}

/** Wrong arguments, and the problem that is reported. */
const wrong: [file: string, args: string[], problem: string][] = [
  [
    "tcp_echo.ts",
    ["127.0.0.1", "http"],
    'the port must be a whole number from 0 to 65535, not "http"',
  ],
  [
    "tcp_echo.ts",
    ["127.0.0.1", "65536"],
    'the port must be a whole number from 0 to 65535, not "65536"',
  ],
  ["tcp_echo.ts", ["127.0.0.1", "0", "more"], "unexpected argument more"],
  ["exclusive_server.ts", ["threads"], 'it takes workers or processes, not "threads"'],
  ["exclusive_server.ts", ["workers", "0"], 'the count must be a whole number from 1, not "0"'],
  ["serial_port.ts", ["/dev/null", "fast"], 'the speed must be a whole number from 1, not "fast"'],
  [
    "zeromq.ts",
    ["toString", "ipc:///x"],
    'the role must be reply or request or publish or subscribe, not "toString"',
  ],
  ["zeromq.ts", ["reply"], "the endpoint is missing"],
  ["udp_echo.ts", ["::1", "65536"], 'the port must be a whole number from 0 to 65535, not "65536"'],
  [
    "process_exit.ts",
    ["1", "self"],
    'the number of a process must be a whole number from 1 to 4194304, not "self"',
  ],
  [
    "gpio_edges.ts",
    ["/dev/null", "up"],
    'the line must be a whole number from 0 to 4294967295, not "up"',
  ],
  ["cgroup_events.ts", [], "an argument is missing"],
  ["child_terminal.ts", [], "an argument is missing"],
  ["pcap.ts", ["lo", "udp", "tcp"], "unexpected argument tcp"],
  ["pressure.ts", ["disk"], 'the resource must be cpu or memory or io, not "disk"'],
  [
    "pressure.ts",
    ["io", "0"],
    'the stall must be a whole number from 1 to 10000, not "0"',
  ],
  ["process_exit.ts", [], "an argument is missing"],
  ["libcurl.ts", [], "an argument is missing"],
  ["network_changes.ts", ["soon"], 'the time must be a whole number from 0, not "soon"'],
  ["sd_bus.ts", ["toString"], 'the role must be serve or call, not "toString"'],
  ["worker_queue.ts", ["0"], 'the count must be a whole number from 1 to 1000000, not "0"'],
  ["demo_client.ts", [], "the path of a Unix socket is missing"],
];

describe("examples", () => {
  for (const file of readdirSync(`${root}/examples`).filter((name) => name.endsWith(".ts"))) {
    for (const option of help) {
      it(`print their usage and do nothing else: ${file} ${option}`, async () => {
        const { output, ...ending } = await run(`examples/${file}`, [option]);
        assertEquals(ending, { code: 0, signal: null }, output);
        assertStringIncludes(output, "examples/");
      });
    }

    it(`show how to run them on each runtime: ${file}`, () => {
      const text = readFileSync(`${root}/examples/${file}`, "utf8");
      const shown = runtimeNames.filter((name) =>
        new RegExp(`\\b${name} (run .*)?examples/${file}`).test(text)
      );
      // The program of a Worker has no command.
      assertEquals(shown, text.includes("as a Worker. By itself") ? [] : runtimeNames);
    });

    it(`reject an unknown option in one line: ${file}`, async () => {
      assertEquals(await run(`examples/${file}`, ["--no-such-option"]), refusal);
    });
  }

  if (runtime === "node") {
    it("run in a clone without flags of Node", async () => {
      const { code, output } = await runUntouched(process.execPath, ["examples/tcp_echo.ts", "-h"]);
      assertEquals(code, 0, output);
    });
  }

  for (const [file, args, problem] of wrong) {
    it(`reject wrong arguments in one line: ${file} ${args.join(" ")}`, async () => {
      const output = `${problem}; --help shows how to use it\n`;
      assertEquals(await run(`examples/${file}`, args), { code: 2, signal: null, output });
    });
  }
});
