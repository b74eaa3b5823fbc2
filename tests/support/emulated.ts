/** Tests under qemu, which makes some system calls differently from the kernel. */

import { it } from "@std/testing/bdd";
import process from "node:process";
import { reportSkip } from "./skip.ts";

/** The architecture of the kernel. Under qemu, it isn't that of the runtime. */
export const kernelArchitecture: string = process.env.FDREADY_TEST_KERNEL ?? process.arch;

/** Registers a test, which is skipped under qemu with what happens there. */
export function itUnlessEmulated(name: string, reason: string, body: () => void): void {
  if (kernelArchitecture === process.arch) {
    it(name, body);
  } else {
    reportSkip(name, `under qemu, ${reason}`);
    it.skip(name, body);
  }
}
