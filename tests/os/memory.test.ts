/** Addresses of memory. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { memorySymbols, openLibrary } from "../../examples/support/library.ts";
import { libc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";

describe("addressOf()", () => {
  it("returns the address at which C finds the bytes", () => {
    const { memcpy } = openLibrary(libc().path, memorySymbols);
    const views = [
      new Uint8Array([1, 2, 3]),
      new Uint8Array(100_000).fill(7),
      new Uint8Array(32).subarray(5, 20).fill(9),
      new Uint16Array([1, 2, 3]),
      new DataView(new ArrayBuffer(8), 3),
      new Uint8Array(new SharedArrayBuffer(16), 4).fill(5),
    ];
    for (const view of views) {
      const copy = new Uint8Array(view.byteLength);
      memcpy(copy, os.addressOf(view), BigInt(copy.length));
      assertEquals(copy, new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice());
    }
  });

  it("returns an address that stays valid while the view is used", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const { readv } = openLibrary(libc().path, {
      readv: { args: ["i32", "buffer", "i32"], returns: "address" },
    });
    for (let round = 0; round < 1000; round++) {
      const view = new Uint8Array(4);
      const iovec = new BigUint64Array([os.addressOf(view), 4n]);
      // Garbage, so that the collector has reason to move things.
      for (let count = 0; count < 10; count++) new Uint8Array(60).fill(round);
      os.write(writer, Uint8Array.from([round, 2, 3, 4]));
      readv(reader, iovec, 1);
      assertEquals([...view], [round & 255, 2, 3, 4]);
    }
  });

  it("returns the address of a part of the same memory", () => {
    const view = new Uint8Array(64);
    const address = os.addressOf(view);
    assert(address > 0n);
    assertEquals(os.addressOf(view.subarray(8)), address + 8n);
    assertEquals(os.addressOf(new DataView(view.buffer, 3)), address + 3n);
  });

  it("returns 0 for no bytes, and throws for detached memory", () => {
    assertEquals(os.addressOf(new Uint8Array(0)), 0n);
    const view = new Uint8Array(8);
    view.buffer.transfer();
    assertThrows(() => os.addressOf(view), TypeError);
  });
});
