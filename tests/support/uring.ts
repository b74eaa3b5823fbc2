/** Whether the kernel lets this process use io_uring; many containers don't. */

import { SystemError } from "../../mod.ts";
import { IoUring } from "../../src/sys/io_uring.ts";
import { close, pipe } from "../../src/os/mod.ts";

function refusal(): string | undefined {
  const [from, to] = pipe();
  try {
    using ring = new IoUring(to);
    ring.submitProbe();
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) return error.message;
    throw error;
  } finally {
    close(from);
    close(to);
  }
}

/** Why io_uring can't be used here; undefined if it can. */
export const uringRefusal: string | undefined = refusal();
