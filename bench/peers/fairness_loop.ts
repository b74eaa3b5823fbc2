/**
 * Measures the runtime's own tasks beside a bare loop of `setImmediate`. Its second argument is the
 * work in each turn, in ms.
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
