/** The size of large tests, which would take hours on a machine that is emulated. */

import process from "node:process";

/** `FDREADY_TEST_SCALE` makes it smaller. */
const scale = Number(process.env.FDREADY_TEST_SCALE ?? 1);

/** As many as `count`, or fewer where tests are to be smaller. */
export function scaled(count: number): number {
  return Math.ceil(count * scale);
}
