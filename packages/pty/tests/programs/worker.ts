/** Runs a program in a terminal, and posts its output. */

import { spawn } from "../../mod.ts";

const pty = spawn("sh", ["-c", "seq 1000; exit 3"]);
let output = "";
pty.onData((data) => output += data);
pty.onExit(({ exitCode }) => {
  (globalThis as unknown as { postMessage(message: unknown): void }).postMessage({
    output,
    exitCode,
  });
});
