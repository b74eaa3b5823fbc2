/** Keeps terminals that clients attach to, as opencode does with bun-pty. */

const { spawn } = require("bun-pty");
const process = require("node:process");

const sessions = new Map();

function create(id, command, args) {
  const options = { name: "xterm-256color", cwd: "/", env: { ...process.env, PS1: "$ " } };
  const session = { pty: spawn(command, args, options), buffer: "", clients: new Set() };
  sessions.set(id, session);
  session.pty.onData((data) => {
    session.buffer += data;
    for (const client of session.clients) client(session.buffer);
  });
  session.exited = new Promise((resolve) => {
    session.pty.onExit(({ exitCode }) => {
      sessions.delete(id);
      resolve(exitCode);
    });
  });
  return session;
}

/** Resolves when the output matches, also if that came before. */
function outputOf(session, pattern) {
  return new Promise((resolve) => {
    const client = (buffer) => {
      if (!pattern.test(buffer)) return;
      session.clients.delete(client);
      resolve();
    };
    session.clients.add(client);
    client(session.buffer);
  });
}

async function main() {
  const shell = create("shell", "bash", ["--norc"]);
  await outputOf(shell, /\$ $/);
  shell.pty.resize(100, 40);
  shell.pty.write("echo $((40 + 2)) $(stty size) $TERM\r");
  await outputOf(shell, /42 40 100 xterm-256color/);
  const { pid, cols, rows } = shell.pty;
  console.log("attached", pid > 0, cols, rows);
  shell.pty.kill();
  await shell.exited;

  const failing = create("failing", "sh", ["-c", "exit 3"]);
  console.log("exit", await failing.exited, sessions.size);
}

void main();
