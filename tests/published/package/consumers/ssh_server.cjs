/** An SSH server whose sessions are shells in terminals, and a client of it. */

const { generateKeyPairSync } = require("node:crypto");
const process = require("node:process");
const pty = require("node-pty");
const { Client, Server } = require("ssh2");

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "pkcs1", format: "pem" },
});

function serveSession(session) {
  let size = { cols: 80, rows: 24 };
  let term;
  session.on("pty", (accept, _reject, info) => {
    size = info;
    accept?.();
  });
  session.on("window-change", (accept, _reject, { cols, rows }) => {
    term.resize(cols, rows);
    accept?.();
  });
  session.on("shell", (accept) => {
    const channel = accept();
    const { cols, rows } = size;
    const env = { ...process.env, PS1: "$ " };
    term = pty.spawn("bash", ["--norc"], { name: "xterm", cols, rows, env });
    term.onData((data) => channel.write(data));
    term.onExit(({ exitCode }) => {
      channel.exit(exitCode);
      channel.end();
    });
    channel.on("data", (data) => term.write(data));
    channel.on("close", () => term.destroy());
  });
}

const server = new Server({ hostKeys: [privateKey] }, (client) => {
  client.on("error", () => {});
  client.on("authentication", (request) => request.accept());
  client.on("session", (accept) => serveSession(accept()));
});

/** Types the next line as soon as the output has what each waits for. */
function type(channel, lines) {
  let output = "";
  channel.on("data", (data) => {
    output += data;
    const [expected, act] = lines[0] ?? [];
    if (expected === undefined || !output.includes(expected)) return;
    output = "";
    lines.shift();
    act();
  });
}

server.listen(0, "127.0.0.1", () => {
  const client = new Client();
  client.on("ready", () => {
    client.shell({ cols: 90, rows: 33, term: "xterm" }, (error, channel) => {
      if (error) throw error;
      type(channel, [
        ["$ ", () => channel.write("stty size\r")],
        ["33 90", () => {
          channel.setWindow(44, 100, 0, 0);
          channel.write("stty size\r");
        }],
        ["44 100", () => channel.write("exit 5\r")],
      ]);
      channel.on("exit", (code) => console.log("exit", code));
      channel.on("close", () => {
        client.end();
        server.close();
      });
    });
  });
  const { port } = server.address();
  client.connect({ host: "127.0.0.1", port, username: "user", password: "any" });
});
