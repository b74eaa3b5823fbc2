/** The hot path piece by piece on Bun: `deno task bench`, or `bun` with this file. */

import { bench, group, run, summary } from "mitata";
import { micros } from "./micro/all.ts";
import type { Micro } from "./support/micro.ts";

for (const part of micros) {
  group(part[0]!.group, () => {
    summary(() => {
      for (const micro of part) {
        bench(micro.name, measured(micro)).baseline(micro.baseline ?? false);
      }
    });
  });
}

await run();

function measured({ prepare, body }: Micro): () => unknown {
  if (prepare === undefined) return body;
  // mitata's types lack that a benchmark may measure the time itself.
  return function* () {
    yield {
      manual: () => {
        prepare();
        const start = performance.now();
        body();
        return (performance.now() - start) * 1e6;
      },
    };
  };
}
