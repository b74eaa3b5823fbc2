/** Runs a program in a terminal, and posts its output. */

import { scope } from "../../../../tests/support/worker_scope.ts";
import { spawn } from "../../mod.ts";

const pty = spawn("sh", ["-c", "seq 1000; exit 3"]);
let output = "";
pty.onData((data) => output += data);
pty.onExit(({ exitCode }) => {
  scope.postMessage({ output, exitCode });
});
