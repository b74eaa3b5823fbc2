/**
 * Listing directories whose names are any bytes. Deno's `readdir` replaces bytes that aren't UTF-8.
 */

import { lastError } from "@fdready/fdready/os";
import { bytesAt, type Functions, memorySymbols, openLibrary } from "./library.ts";

const symbols = {
  ...memorySymbols,
  // DIR *opendir(const char *name)
  opendir: { args: ["buffer"], returns: "address" },
  // struct dirent *readdir(DIR *dirp)
  readdir: { args: ["address"], returns: "address" },
  // int closedir(DIR *dirp)
  closedir: { args: ["address"], returns: "i32" },
} as const;

/** With glibc, and with musl. */
const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

/** The offsets of fields in `struct dirent`. */
const dirent = { length: 16, type: 18, name: 19 };

const DT_UNKNOWN = 0;
const DT_DIR = 4;

/** A file in a directory. */
export interface Entry {
  readonly name: Uint8Array<ArrayBuffer>;
  /** Whether it is a directory. `undefined` on file systems whose listings don't say. */
  readonly isDirectory: boolean | undefined;
}

let opened: Functions<typeof symbols> | undefined;

/**
 * Returns the entries of a directory, without `.` and `..`.
 *
 * @throws {SystemError} As opendir(3): `ENOENT`, `ENOTDIR`, `EACCES` and others.
 */
export function listDirectory(path: Uint8Array): Entry[] {
  const libc = opened ??= openLibc();
  const directory = libc.opendir(Uint8Array.of(...path, 0));
  if (directory === 0n) throw lastError("opendir");
  const entries: Entry[] = [];
  for (let at; (at = libc.readdir(directory)) !== 0n;) {
    const length = new DataView(bytesAt(libc, at + BigInt(dirent.length), 2).buffer)
      .getUint16(0, true);
    const entry = bytesAt(libc, at, length);
    const name = entry.slice(dirent.name, entry.indexOf(0, dirent.name));
    const type = entry[dirent.type];
    const isDirectory = type === DT_UNKNOWN ? undefined : type === DT_DIR;
    if (!isDotOrDotDot(name)) entries.push({ name, isDirectory });
  }
  libc.closedir(directory);
  return entries;
}

function openLibc(): Functions<typeof symbols> {
  const errors: unknown[] = [];
  for (const name of libraries) {
    try {
      return openLibrary(name, symbols);
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0];
}

function isDotOrDotDot(name: Uint8Array): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}
