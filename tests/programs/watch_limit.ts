/**
 * Waits when its user has no registrations left. The arguments are the driver and the limit of
 * registrations. It becomes another user, and prints the outcomes as JSON.
 */

import process from "node:process";
import { type EpollIOManager, SystemError } from "../../mod.ts";
import { EPOLLIN } from "../../src/ffi/constants.ts";
import { Epoll } from "../../src/sys/epoll.ts";
import { dup } from "../../src/os/mod.ts";
import type { Driver } from "../support/drivers.ts";
import { countFds, Fds, poke } from "../support/fds.ts";
import { becomeUser } from "../support/libc.ts";
import { openManager } from "../support/managers.ts";

const driver = process.argv[2] as Driver;
const limit = Number(process.argv[3]);
const each = 4000;
/** A user that probably has no other process. */
const nobodyElse = 54_321;

becomeUser(nobodyElse);
using fds = new Fds();
const [a, b] = fds.socketpair();
const [late, peer] = fds.socketpair();
await using manager = openManager(driver);
const unharmed = manager.waitReadable(a);

const numbers = Array.from({ length: each }, () => fds.own(dup(a)));
const instances: Epoll[] = [];

/** Uses up the remaining registrations. */
function fill(): void {
  for (let total = 0; total < limit;) {
    const instance = new Epoll();
    instances.push(instance);
    for (const fd of numbers) {
      if (instance.add(fd, EPOLLIN, 0) !== 0) return;
      total++;
    }
  }
}

async function outcomeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return "resolved";
  } catch (error) {
    return error instanceof SystemError ? `${error.code} ${error.message}` : String(error);
  }
}

async function useAnother(): Promise<void> {
  const another: EpollIOManager = openManager(driver);
  await another.close();
}

fill();
const refused = await outcomeOf(() => manager.waitReadable(late));
const before = countFds();
const newcomer = await outcomeOf(useAnother);
const leaked = countFds() - before;
poke(b);
const kept = await outcomeOf(() => unharmed);
const again = await outcomeOf(() => manager.waitReadable(a));
instances.pop()?.[Symbol.dispose]();
instances.pop()?.[Symbol.dispose]();
poke(peer);
const after = await outcomeOf(() => manager.waitReadable(late));
console.log(JSON.stringify({ refused, newcomer, leaked, kept, again, after }));
for (const instance of instances) instance[Symbol.dispose]();
