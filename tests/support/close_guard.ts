/** Noticing descriptors that the module closes twice. */

import { assertEquals } from "@std/assert";
import { bindSymbols, libc } from "../../src/ffi/libc.ts";
import { keySymbols } from "../../src/ffi/symbols.ts";
import { failingIn } from "./faults.ts";
import { isOpen } from "./libc.ts";

/**
 * Records the numbers that the module closes on this thread. At its end, throws if one of them
 * wasn't open.
 */
export class CloseGuard implements Disposable {
  /** The closed numbers, in order. */
  readonly closed: number[] = [];
  readonly #wrong: number[] = [];
  readonly #spies = new DisposableStack();

  constructor() {
    const record = (fd: unknown) => this.#record(Number(fd));
    // A thread with keys, as that of `deno test`, has another binding.
    this.#spies.use(failingIn(libc(), "close", 0, 0, record));
    this.#spies.use(failingIn(bindSymbols(keySymbols), "close", 0, 0, record));
  }

  /** Returns false, so that the call isn't replaced. */
  #record(fd: number): boolean {
    this.closed.push(fd);
    if (!isOpen(fd)) this.#wrong.push(fd);
    return false;
  }

  [Symbol.dispose](): void {
    this.#spies.dispose();
    assertEquals(this.#wrong, [], "these were closed although they weren't open");
  }
}
