/**
 * Runs a program in a terminal, and ends by itself. With an argument it ends before the program
 * does.
 */

import process from "node:process";
import { spawn } from "../../mod.ts";

const pty = spawn("sh", ["-c", "read line; echo got $line"]);
let output = "";
pty.onData((data) => output += data);
pty.onExit(({ exitCode }) => console.log(`${JSON.stringify(output)}\nexit ${exitCode}`));
if (process.argv[2] === "early") setTimeout(() => process.exit(0), 50);
else pty.write("text\r");
