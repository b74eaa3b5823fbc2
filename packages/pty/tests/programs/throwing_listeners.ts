/**
 * Listeners that throw. A separate program because it handles uncaught errors, which would fail a
 * test.
 */

import process from "node:process";
import { until } from "../../../../tests/support/event_loop.ts";
import { spawn } from "../../mod.ts";

let uncaught = 0;
process.on("uncaughtException", (error) => {
  uncaught++;
  console.log(`uncaught: ${error.message}`);
});

async function main(): Promise<void> {
  const pty = spawn("sh", ["-c", "stty raw -echo; echo ready; cat"]);
  let output = "";
  pty.onData((data) => {
    output += data;
    if (output === "ready\n") throw new Error("data");
  });
  pty.on("error", (error) => console.log(`error event: ${error.message}`));
  await until(() => uncaught === 1, () => new Error("no uncaught error"));
  pty.write("more\n");
  await until(() => output.includes("more"), () => new Error(`got ${output}`));
  console.log("more");
  pty.destroy();
  await pty.exited;

  // Its output is read to the end after the exit of the program, because a job keeps the terminal
  // open.
  const job = spawn("bash", ["-c", "trap '' HUP; sleep 60 & echo $!; exit 4"]);
  let pid = "";
  job.onData((data) => {
    pid += data;
    if (pid.endsWith("\n")) throw new Error("data of a job");
  });
  job.onExit(({ exitCode }) => {
    console.log(`exit ${exitCode}`);
    process.kill(parseInt(pid), "SIGKILL");
    throw new Error("exit");
  });
  await until(() => uncaught === 3, () => new Error(`${uncaught} uncaught errors`));
}

// Without a top-level await, because Bun survives uncaught errors during one.
void main();
