/** Uses node-pty as programs do that were written for it. */

const pty = require("node-pty");

const term = pty.spawn("bash", ["--norc"], {
  name: "xterm-256color",
  cols: 80,
  rows: 30,
  cwd: "/",
  env: { ...process.env, PS1: "$ " },
});
let output = "";
term.onData((data) => output += data);
term.on("exit", (code) => {
  console.log("exit", code, output.includes("40 100"), typeof (pty.default ?? pty).spawn);
});
term.resize(100, 40);
term.write("stty size; exit 4\r");
