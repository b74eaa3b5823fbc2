/**
 * Runs the random test with a driver, for a number of operations, and prints the totals. It is a
 * separate program because it handles uncaught errors, which would fail a test.
 */

import process from "node:process";
import type { Driver } from "../support/drivers.ts";
import { explore } from "../stress/explore.ts";

const [driver, operations] = process.argv.slice(2);
const tally = await explore({
  driver: driver as Driver,
  seed: 1,
  isDone: (tally) => tally.operations >= Number(operations),
});
const { staleEvents, resolved, calls } = tally;
console.log(JSON.stringify({ staleEvents, resolved, calls }));
