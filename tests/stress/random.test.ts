/** Whatever happens in whatever order: nobody is woken in vain, and nobody is forgotten. */

import { assertGreater } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { scaled } from "../support/scale.ts";
import { explore } from "./explore.ts";

const operations = scaled(34_000);

describeForDrivers("a manager in a random world", (it, driver) => {
  it(`does what its model does, for ${operations} operations`, async () => {
    const tally = await explore({
      driver,
      seed: 1,
      enough: (tally) => tally.operations >= operations,
    });
    assertGreater(tally.staleEvents, 0);
    assertGreater(tally.resolved, operations / 20);
    assertGreater(tally.calls, operations / 20);
  });
});
