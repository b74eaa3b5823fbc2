/** The size of large tests, which would take hours on an emulated machine. */

import process from "node:process";

/** `FDREADY_TEST_SCALE` reduces it. */
const scale = Number(process.env.FDREADY_TEST_SCALE ?? 1);

/** `count`, reduced to the scale of the tests. */
export function scaled(count: number): number {
  return Math.ceil(count * scale);
}
