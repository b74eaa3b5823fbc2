/** Values that are not descriptors, and traps for code that uses them as one. */

import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { close, dup, pipe, read, setNonblocking, write } from "../../src/os/mod.ts";
import { openFiles } from "./fds.ts";
import { dupTo, isOpen } from "./libc.ts";

/**
 * Pipes at the descriptors that such values are mistaken for: 0, the result of Bun's FFI for most
 * of them, and a higher one, which remains of `2 ** 32 + fd`.
 */
export class TrapFds implements Disposable {
  static readonly high = 300;
  readonly #saved = isOpen(0) ? dup(0) : undefined;
  readonly #from: number;
  readonly #to: number;

  constructor() {
    [this.#from, this.#to] = pipe();
    // This shows a change to nonblocking mode too.
    setNonblocking(this.#from, false);
    dupTo(this.#from, 0);
    dupTo(this.#from, TrapFds.high);
    write(this.#to, new Uint8Array([1, 2, 3]));
  }

  /** Asserts that their data is unread. */
  assertUnread(): void {
    assertEquals(read(this.#from, new Uint8Array(16)), 3, "a victim was read from");
    write(this.#to, new Uint8Array([1, 2, 3]));
  }

  /** Reads all their data. */
  drain(): void {
    read(this.#from, new Uint8Array(16));
  }

  [Symbol.dispose](): void {
    if (this.#saved === undefined) close(0);
    else {
      dupTo(this.#saved, 0);
      close(this.#saved);
    }
    for (const fd of [TrapFds.high, this.#from, this.#to]) close(fd);
  }
}

/** All open descriptors with their files, positions and flags. */
export function descriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const [fd, file] of openFiles()) {
    try {
      const [position, flags] = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8").split("\n");
      found.set(fd, `${file} ${position} ${flags}`);
    } catch {
      // A thread of the runtime has closed it.
    }
  }
  return found;
}

/** Values that are not descriptors, and how messages show them. */
export const values: readonly (readonly [value: unknown, shown: string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  [NaN, "NaN"],
  [Infinity, "Infinity"],
  [1.5, "1.5"],
  [-1, "-1"],
  [2 ** 31, "2147483648"],
  [2 ** 32, "4294967296"],
  [2 ** 32 + TrapFds.high, `${2 ** 32 + TrapFds.high}`],
  ["3", "'3'"],
  ["", "''"],
  [true, "true"],
  [[], "[]"],
  [{}, "{}"],
  [{ fd: "3" }, "fd: '3'"],
  [{ fd: -1 }, "fd: -1"],
  [{ fileno: () => NaN }, "fileno"],
  [Symbol("fd"), "Symbol(fd)"],
  [3n, "3n"],
  [() => 3, "Function"],
];
