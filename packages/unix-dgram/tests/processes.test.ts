/** Datagrams between processes: order, boundaries, and receivers that stop, die and come back. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { unlinkSync } from "node:fs";
import process from "node:process";
import { stop } from "../../../tests/support/children.ts";
import { outcome, printed, start } from "../../../tests/support/programs.ts";
import { scaled } from "../../../tests/support/scale.ts";
import { rejection } from "../../../tests/support/waits.ts";
import { UnixDgramError, type UnixDgramSocket } from "../mod.ts";
import { fill, numbers, withoutLeaks } from "./support/sockets.ts";

const programs = "../../packages/unix-dgram/tests/programs";
const total = scaled(100_000);

/** Datagram number `n`. The lengths vary from 0 to a few hundred bytes, and rarely more. */
function text(n: number): string {
  return `${n}`.padEnd(n % 1000 === 0 ? 20_000 : n % 7 * 50, ".");
}

/** Starts a receiver, which prints what it receives after "end". */
async function startReceiver(path: string): Promise<ChildProcess> {
  const child = start(`${programs}/receiver`, { args: [path] });
  await printed(child, "bound\n");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  // In Deno, kill() of a stopped child does nothing.
  process.kill(child.pid!, "SIGKILL");
  await closed;
}

describe(`${total} datagrams`, () => {
  for (const mode of ["connected", "by path"] as const) {
    it(`send() in another process sends them all in order, ${mode}`, () =>
      withoutLeaks(async (sockets) => {
        const [server, path] = sockets.bound();
        const child = start(`${programs}/sender`, { args: [path, mode, `${total}`] });
        const ended = outcome(child);
        // Nothing more comes from a sender that has failed.
        void ended.then(({ code }) => code !== 0 && server.close());
        let n = 0;
        for await (const { data } of server) {
          // Comparing strings with assertEquals would be slow.
          if (String(data) !== text(n)) assertEquals(String(data), text(n), `datagram ${n}`);
          if (++n === total) break;
        }
        assertEquals(await ended, { code: 0, signal: null, output: "sent\n" });
      }));
  }
});

describe("a receiver in another process", () => {
  for (const mode of ["connected", "by path"] as const) {
    /** Connects if the mode says so. Returns the options for sending. */
    const address = (client: UnixDgramSocket, path: string) =>
      mode === "by path" ? { path } : (client.connect(path), {});

    it(`send() waits while it is stopped, ${mode}`, () =>
      withoutLeaks(async (sockets) => {
        const path = sockets.path();
        const child = await startReceiver(path);
        const client = sockets.create();
        const options = address(client, path);
        await stop(child.pid!);
        const count = fill(client, options.path);
        const sent = numbers(count + 200).slice(count).map((text) => client.send(text, options));
        let isDone = false;
        const last = Promise.all(sent).then(() => isDone = true);
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
        assert(!isDone);
        // In Deno, kill() of a stopped child does nothing.
        process.kill(child.pid!, "SIGCONT");
        await last;
        await client.send("end", options);
        await printed(child, `${JSON.stringify(numbers(count + 200))}\n`);
        await kill(child);
      }));

    it(`send() fails after its death, and works after its restart, ${mode}`, () =>
      withoutLeaks(async (sockets) => {
        const path = sockets.path();
        const client = sockets.create();
        for (let n = 0; n < 2; n++) {
          const child = await startReceiver(path);
          const options = address(client, path);
          await client.send("hello", options);
          await client.send("end", options);
          await printed(child, '["hello"]\n');
          await stop(child.pid!);
          fill(client, options.path);
          const waiting = rejection(client.send("waiting", options), UnixDgramError);
          await kill(child);
          assertEquals((await waiting).code, -111);
          const { code } = await rejection(client.send("late", options), UnixDgramError);
          assertEquals(code, mode === "by path" ? -111 : -107);
          unlinkSync(path);
        }
      }));
  }
});
