/** The path of the C library, as `--allow-ffi=` needs it. */

import { closeSync, openSync } from "node:fs";
import process from "node:process";

export function libcPath(): string {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const places = [`/lib/${machine}-linux-gnu/libc.so.6`, "/lib64/libc.so.6", "/usr/lib/libc.so.6"];
  const path = places.find(canBeOpened);
  if (path === undefined) throw new Error(`The C library is in none of ${places.join(", ")}`);
  return path;
}

/** Opening is the only check: qemu may open another path than the one that it says exists. */
function canBeOpened(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}
