/** Finds out whether this process may use io_uring, which many containers forbid. */

import { SystemError } from "../../mod.ts";
import { IoUring } from "../../src/sys/io_uring.ts";
import { close, pipe } from "../../src/os/mod.ts";

function refusal(): string | undefined {
  const [reader, writer] = pipe();
  try {
    using ring = new IoUring(writer);
    ring.submitProbe();
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) return error.message;
    throw error;
  } finally {
    close(reader);
    close(writer);
  }
}

/** The reason why io_uring can't be used, or undefined if it can. */
export const uringRefusal: string | undefined = refusal();
