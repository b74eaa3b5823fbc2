/** Reading files of proc(5). The C library does it, because it is permitted already. */

import { cString } from "../ffi/checks.ts";
import { O_CLOEXEC } from "../ffi/constants.ts";
import { libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";

/**
 * Reads a file of text, whose size isn't known before.
 *
 * @throws {SystemError} If a system call fails.
 */
export function readText(path: string): string {
  const fd = throwIfFailed(osLibc().open(cString(path), O_CLOEXEC, 0), "open");
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(65536);
    let text = "";
    for (let count; (count = throwIfFailed(libc().read(fd, buffer, 65536n), "read", fd)) > 0;) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  } finally {
    libc().close(fd);
  }
}
