/**
 * Runs the random test with a driver, for so many operations, and prints what has happened. A program of
 * its own, since errors that nobody catches belong to it, which would end a test.
 */

import process from "node:process";
import type { Driver } from "../support/drivers.ts";
import { explore } from "../stress/explore.ts";

const [driver, operations] = process.argv.slice(2);
const tally = await explore({
  driver: driver as Driver,
  seed: 1,
  enough: (tally) => tally.operations >= Number(operations),
});
const { staleEvents, resolved, calls } = tally;
console.log(JSON.stringify({ staleEvents, resolved, calls }));
