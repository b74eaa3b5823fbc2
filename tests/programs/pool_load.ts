/**
 * Waits for many descriptors at once while many events happen. Prints as JSON how many descriptors
 * it waited for, how many events were lost, and what was left behind.
 *
 * The arguments are the driver, the numbers of descriptors and events, and the factor of memory
 * growth.
 */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { countFds, leakedFds } from "../support/fds.ts";
import { descriptorLimit, setDescriptorLimit } from "../support/libc.ts";
import { residentMemory, residentMemoryBelow } from "../support/memory.ts";
import { Pool } from "../support/pool.ts";

const [driver, wanted, events, growth] = process.argv.slice(2);

/** More than the runtime and the manager open. */
const spare = 200;

const { soft, hard } = descriptorLimit();
const size = Math.min(Number(wanted), hard - spare);
if (soft < size + spare) setDescriptorLimit(size + spare);

/** Makes at least `count` events happen, in rounds of one for each descriptor. */
async function load(count: number): Promise<object> {
  const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
  const pool = new Pool(manager, size);
  const held = manager.statistics().tasksWaitingRead;
  while (pool.posted < count) {
    for (let index = 0; index < size; index++) pool.post(index);
    await pool.settled();
  }
  await pool.close();
  const { staleEvents } = manager.statistics();
  await manager.close();
  return { held, events: pool.events, lost: pool.posted - pool.taken, staleEvents };
}

// During its first load, the heap of a runtime grows to a size that it keeps.
await load(20 * size);
const before = await residentMemory();
const fds = countFds();
using _guard = new CloseGuard();
const started = performance.now();
const result = await load(Number(events));
const seconds = (performance.now() - started) / 1000;
const after = await residentMemoryBelow(Number(growth) * before);
const memory = { before, after };
const leaked = await leakedFds(fds);
console.log(JSON.stringify({ ...result, hard, seconds, memory, leaked }));
