/** The hot path piece by piece under Bun: `deno task bench`, or `bun` on this file. */

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
  // mitata's types don't know that one may take the time oneself.
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
