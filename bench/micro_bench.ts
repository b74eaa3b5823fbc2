/** The hot path piece by piece under Deno: `deno task bench`, or `deno bench -A` on this file. */

import { micros } from "./micro/all.ts";

for (const { group, name, baseline, prepare, body } of micros.flat()) {
  Deno.bench({
    group,
    name,
    baseline,
    fn: prepare === undefined ? body : (timer) => {
      prepare();
      timer.start();
      body();
      timer.end();
    },
  });
}
