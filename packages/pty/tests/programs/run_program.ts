/**
 * Runs a program in a terminal, and ends by itself. With an argument it ends before the program
 * does.
 */

import process from "node:process";
import { spawn } from "../../mod.ts";

const pty = spawn("sh", ["-c", "read line; echo got $line"]);
pty.onData((data) => process.stdout.write(JSON.stringify(data) + "\n"));
pty.onExit(({ exitCode }) => console.log("exit", exitCode));
if (process.argv[2] === "early") setTimeout(() => process.exit(0), 50);
else pty.write("text\r");
