/**
 * Runs commands in terminals as gemini-cli does: with flow control, signals to process groups, and
 * a terminal that is closed in the exit event.
 */

import { Buffer } from "node:buffer";
import process from "node:process";

const module = await import("node-pty");

function execute(command, { signal, onOutput = () => {} } = {}) {
  const pty = module.spawn("bash", ["-c", command], {
    cwd: "/",
    name: "xterm-256color",
    cols: 80,
    rows: 30,
    env: { ...process.env, PAGER: "cat" },
    handleFlowControl: true,
  });
  const listeners = [];
  let output = "";
  const ended = new Promise((resolve) => {
    listeners.push(pty.onData((data) => {
      output += Buffer.from(data, "utf-8").toString();
      onOutput(pty, output);
    }));
    listeners.push(pty.onExit(({ exitCode, signal: number }) => {
      pty.destroy();
      for (const listener of listeners) listener.dispose();
      resolve([output.trim(), exitCode, number ?? null]);
    }));
  });
  signal?.addEventListener("abort", () => {
    process.kill(-pty.pid, "SIGTERM");
    pty.kill("SIGTERM");
  }, { once: true });
  return { pty, ended };
}

const { pty, ended } = execute("echo one; exit 3");
console.log(...await ended);
pty.resize(100, 40);
pty.write("late");
pty.kill();
pty.destroy();

let asked = false;
const interactive = execute("read -p 'name? ' name; echo hello $name", {
  onOutput(pty, output) {
    if (asked || !output.includes("name? ") || !process.kill(pty.pid, 0)) return;
    asked = true;
    pty.write("you\r");
  },
});
console.log((await interactive.ended)[0].split("\r\n").at(-1));

const loop = "echo ready; while :; do sleep 0.01; done";
const resized = execute(`trap 'stty size; exit 4' WINCH; ${loop}`, {
  onOutput: (pty, output) => output.endsWith("ready\r\n") && pty.resize(100, 40),
});
console.log((await resized.ended).join(" ").replace("\r\n", " "));

const abort = new AbortController();
const aborted = execute("sleep 60 & echo ready; sleep 60", {
  signal: abort.signal,
  onOutput: () => abort.abort(),
});
console.log(...await aborted.ended);
