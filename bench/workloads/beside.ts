/** The cost of an idle wait for other waits. */

import { ratioLimit } from "../support/limits.ts";
import { contenders } from "../support/fdready_peers.ts";
import type { Workload } from "../support/workload.ts";
import type { Setting } from "./setting.ts";

const metric = "wait";

export function beside({ fdreadyPeers, quick }: Setting): Workload {
  const waits = quick ? 200 : 1000;
  const variants = ["alone", "beside"].flatMap((variant, idleWaits) =>
    contenders(fdreadyPeers, "beside_fdready.ts", [idleWaits, waits]).map((contender) => ({
      ...contender,
      peer: `${contender.peer}-${variant}`,
      label: `${contender.label}, ${idleWaits === 0 ? "alone" : "beside an idle wait"}`,
    }))
  );
  return {
    name: "beside",
    title: "Beside an idle wait: a wait for a ready descriptor, after quiet",
    metrics: [{ name: metric, title: "a wait", unit: "µs" }],
    contenders: variants,
    limits: fdreadyPeers.map(({ label, peer }) =>
      ratioLimit(
        `a wait for a ready descriptor: ${label}, beside an idle wait ÷ alone`,
        1.2,
        { peer: `${peer}-beside`, metric },
        { peer: `${peer}-alone`, metric },
      )
    ),
    notes: [],
  };
}
