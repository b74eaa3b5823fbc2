/**
 * What the runtime itself does beside a bare loop of `setImmediate`. Arguments: the work in each turn in
 * ms, as the second one.
 */

import { measureTasks, work } from "./fairness_support.ts";
import { numberArgument } from "./support.ts";

const milliseconds = numberArgument(2);

function turn(): void {
  work(milliseconds);
  setImmediate(turn);
}

turn();
await measureTasks();
