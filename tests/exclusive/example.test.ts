/** The example: an echo server with several Workers or processes. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commandFor, outcome } from "../support/programs.ts";

const file = fileURLToPath(new URL("../../examples/exclusive_server.ts", import.meta.url));

/** Sends `text` to `port`, and returns the answer. */
async function echo(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
    if (answer.length >= text.length) socket.end();
  });
  const closed = once(socket, "close");
  socket.write(text);
  await closed;
  return answer;
}

describe("examples/exclusive_server.ts", () => {
  for (const kind of ["workers", "processes"]) {
    it(`echoes on every connection and stops at SIGTERM: ${kind}`, async () => {
      const [command, ...args] = [...commandFor(file), kind, "3"];
      const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
      const ended = outcome(child);
      const [line] = await once(child.stdout!, "data");
      const [, port] = String(line).match(/^3 \w+ listen on 127\.0\.0\.1:(\d+)\n$/)!;
      const texts = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(1000));
      assertEquals(await Promise.all(texts.map((text) => echo(Number(port), text))), texts);
      // After child.kill(), Deno always reports that the signal ended the child.
      process.kill(child.pid!, "SIGTERM");
      assertEquals(await ended, { code: 0, signal: null, output: String(line) });
    });
  }
});
