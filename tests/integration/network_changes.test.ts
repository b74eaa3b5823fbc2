/** Changes of the network, through netlink, in a separate network namespace. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { decode } from "../../examples/network_changes.ts";
import { run } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";

/** Runs a command in an empty network namespace. */
const under = ["unshare", "--net"];

function cannotChange(): string | undefined {
  const script = "ip address add 192.0.2.7/24 dev lo";
  const { status, stderr } = spawnSync("unshare", ["--net", "sh", "-c", script]);
  if (status === 0) return undefined;
  return `needs root, unshare and ip: ${stderr?.toString().trim() ?? "there is no unshare"}`;
}

describeUnless(cannotChange(), "NetworkWatcher", () => {
  it("changes() yields changes in order, without keeping the process alive", async () => {
    const { output, ...ending } = await run("network_changes", { under });
    assertEquals(ending, { code: 0, signal: null }, output);
    assertEquals(
      output,
      [
        "address 192.0.2.7/24",
        "true true",
        "address removed 192.0.2.7/24",
        "done",
        "",
      ].join("\n"),
    );
  });

  it("the program prints changes until a timer expires, with only --allow-ffi", async () => {
    const permissions = ["--allow-ffi"];
    const result = await run("../../examples/network_changes", { args: ["0"], permissions, under });
    assertEquals(result, { code: 0, signal: null, output: "watching\ndone\n" });
  });
});

describe("decode()", () => {
  const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(/\s/g, ""));

  it("returns the changes, and skips other messages", () => {
    const message = hex(`
      34000000 1400 0000 00000000 00000000  02 18 80 00 07000000
      0800 0200 c0000207  0a00 0300 6e6577733000 0000
      0800 0100 c0000201  02000000
      14000000 0300 0000 00000000 00000000  00000000
    `);
    message[0] = 16 + 8 + 8 + 12 + 8;
    assertEquals(decode(message.subarray(0, 52)), [
      { what: "address", index: 7, name: "192.0.2.7/24" },
    ]);
  });

  it("ends if the lengths in a message are wrong", () => {
    for (let length = 0; length < 64; length++) {
      for (const inner of [0, 1, 3, 4, 5]) {
        const message = new Uint8Array(64).fill(inner);
        message.set([length, 0, 0, 0, 16, 0, 0, 0]);
        decode(message);
      }
    }
  });
});
