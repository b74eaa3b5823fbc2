/** Values that are no descriptor, and what must not come of them. */

import { assertEquals } from "@std/assert";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { close, dup, pipe, read, setNonblocking, write } from "../../src/os/mod.ts";
import { dupTo, isOpen } from "./libc.ts";

/**
 * Pipes at the numbers that hostile values are mistaken for: 0, which Bun's FFI makes of most, and a
 * higher one, which is left of `2 ** 32 + number`.
 */
export class Victims implements Disposable {
  static readonly high = 300;
  readonly #saved = isOpen(0) ? dup(0) : undefined;
  readonly #from: number;
  readonly #to: number;

  constructor() {
    [this.#from, this.#to] = pipe();
    // So that a change to nonblocking shows as well.
    setNonblocking(this.#from, false);
    dupTo(this.#from, 0);
    dupTo(this.#from, Victims.high);
    write(this.#to, new Uint8Array([1, 2, 3]));
  }

  /** Asserts that nobody has read from them. */
  assertUnread(): void {
    assertEquals(read(this.#from, new Uint8Array(16)), 3, "a victim was read from");
    write(this.#to, new Uint8Array([1, 2, 3]));
  }

  /** Leaves nothing to read from them. */
  drain(): void {
    read(this.#from, new Uint8Array(16));
  }

  [Symbol.dispose](): void {
    if (this.#saved === undefined) close(0);
    else {
      dupTo(this.#saved, 0);
      close(this.#saved);
    }
    for (const fd of [Victims.high, this.#from, this.#to]) close(fd);
  }
}

/** What all open descriptors stand for, with their flags and positions. */
export function descriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${name}`, "utf8");
      const [position, flags] = info.split("\n");
      found.set(Number(name), `${readlinkSync(`/proc/self/fd/${name}`)} ${position} ${flags}`);
    } catch {
      // It was the one by which the folder was read.
    }
  }
  return found;
}

/** Numbers, and what has none, with what each looks like in a message. */
export const values: readonly (readonly [value: unknown, shown: string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  [NaN, "NaN"],
  [Infinity, "Infinity"],
  [1.5, "1.5"],
  [-1, "-1"],
  [2 ** 31, "2147483648"],
  [2 ** 32, "4294967296"],
  [2 ** 32 + Victims.high, `${2 ** 32 + Victims.high}`],
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
