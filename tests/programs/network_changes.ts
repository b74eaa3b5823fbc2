/** Changes this network namespace, which must be of its own, and prints what it is told of that. */

import { execFileSync } from "node:child_process";
import { NetworkWatcher } from "../../examples/network_changes.ts";

const ip = (...args: string[]) => execFileSync("ip", args);

const watcher = new NetworkWatcher();
// The kernel tells of IPv6 when it gets to it.
const changes = watcher.changes({ ref: true });

/** Resolves to the changes up to the first one that is `last`. */
async function changesUntil(last: string): Promise<string[]> {
  const all: string[] = [];
  while (all.at(-1) !== last) {
    const { what, name } = (await changes.next()).value;
    all.push(`${what} ${name}`);
  }
  return all;
}

// Before it is waited for: the kernel keeps it.
ip("address", "add", "192.0.2.7/24", "dev", "lo");
console.log(String(await changesUntil("address 192.0.2.7/24")));
const waiting = changesUntil("address 20010db8000000000000000000000007/64");
// An interface has addresses of IPv6 while it is up.
ip("link", "set", "lo", "up");
ip("address", "add", "2001:db8::7/64", "dev", "lo", "nodad");
const told = await waiting;
console.log(told.includes("link lo"), told.includes("address 127.0.0.1/8"));
ip("address", "del", "192.0.2.7/24", "dev", "lo");
console.log(String(await changesUntil("address removed 192.0.2.7/24")));

// Waits for ever, which keeps no process alive.
watcher.changes().next();
console.log("done");
