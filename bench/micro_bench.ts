/** The hot path piece by piece on Deno: `deno task bench`, or `deno bench -A` with this file. */

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
