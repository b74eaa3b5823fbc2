/** Files in memory. */

import { Buffer } from "node:buffer";
import { lastError } from "@fdready/fdready/os";
import { openLibrary } from "../../../../examples/support/library.ts";
import { libcPath } from "../../../../tests/support/libc_path.ts";

const MFD_CLOEXEC = 1;

const libc = openLibrary(libcPath(), {
  // int memfd_create(const char *name, unsigned int flags)
  memfd_create: { args: ["buffer", "u32"], returns: "i32" },
});

/** Opens a file in memory. The links in /proc show its name. */
export function memfd(name: string): number {
  const fd = libc.memfd_create(Buffer.from(`${name}\0`), MFD_CLOEXEC);
  if (fd === -1) throw lastError("memfd_create");
  return fd;
}
