/** Runs a shell in a terminal, resizes it, and reads its output until the end. */

import pty, { type IPty, type IPtyForkOptions, spawn } from "@fdready/pty";

const options: IPtyForkOptions = {
  name: "xterm",
  cols: 90,
  rows: 20,
  env: { PATH: "/usr/bin:/bin" },
};
const shell: IPty = spawn("sh", ["-c", "read line; stty size; echo got $line; exit 3"], options);
let output = "";
const { dispose } = shell.onData((data) => output += data);
shell.resize(91, 21);
shell.write("text\r");
const { exitCode, signal } = await new Promise<{ exitCode: number; signal?: number }>(
  (resolve) => shell.onExit(resolve),
);
dispose();
console.log(output.replaceAll("\r\n", " ") + `exit ${exitCode} ${signal}`);

await using cat = pty.spawn("cat");
const reader = cat.readable.pipeThrough(new TextDecoderStream()).getReader();
await cat.writable.getWriter().write(new TextEncoder().encode("echo\r"));
let echo = "";
while (echo.length < 4) echo += (await reader.read()).value ?? "ended";
console.log(echo.slice(0, 4));
