/** Changes its network namespace, which must be a private one, and prints the reported changes. */

import { execFileSync } from "node:child_process";
import { NetworkWatcher } from "../../examples/network_changes.ts";

const ip = (...args: string[]) => execFileSync("ip", args);

const watcher = new NetworkWatcher();
// The kernel reports IPv6 addresses after a delay.
const changes = watcher.changes({ ref: true });

/** Resolves to the changes up to `last`. */
async function changesUntil(last: string): Promise<string[]> {
  const all: string[] = [];
  while (all.at(-1) !== last) {
    const { what, name } = (await changes.next()).value;
    all.push(`${what} ${name}`);
  }
  return all;
}

// This comes before the wait. The kernel keeps it.
ip("address", "add", "192.0.2.7/24", "dev", "lo");
console.log(String(await changesUntil("address 192.0.2.7/24")));
const waiting = changesUntil("address 20010db8000000000000000000000007/64");
// An interface has IPv6 addresses while it is up.
ip("link", "set", "lo", "up");
ip("address", "add", "2001:db8::7/64", "dev", "lo", "nodad");
const told = await waiting;
console.log(told.includes("link lo"), told.includes("address 127.0.0.1/8"));
ip("address", "del", "192.0.2.7/24", "dev", "lo");
console.log(String(await changesUntil("address removed 192.0.2.7/24")));

// A pending wait that doesn't keep the process alive.
watcher.changes().next();
console.log("done");
