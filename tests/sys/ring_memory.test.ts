/** The memory of an io_uring, with a file in the place of the ring. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../src/ffi/errors.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { uringSetupSymbols } from "../../src/ffi/symbols.ts";
import { ftruncate, memfdCreate, pread, pwrite } from "../../src/os/mod.ts";
import { params, RingMemory } from "../../src/sys/ring_memory.ts";
import { EPERM } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { Fds } from "../support/fds.ts";

/** Where the kernel maps the submission entries, IORING_OFF_SQES. */
const entriesOffset = 0x1000_0000;
const offsets = { sqTail: 4, sqArray: 64, cqTail: 12, cqCqes: 128 };

/** A file that is laid out as the kernel lays out a ring. */
class RingFile implements Disposable {
  readonly #fds = new Fds();
  readonly fd = this.#fds.own(memfdCreate("ring"));
  readonly memory: RingMemory;

  constructor() {
    ftruncate(this.fd, entriesOffset + 4096);
    const words = new Uint32Array(params.length);
    for (const [name, offset] of Object.entries(offsets)) {
      words[params[name as keyof typeof offsets]] = offset;
    }
    this.memory = new RingMemory(this.fd, words);
  }

  read(offset: number): number {
    const word = new Int32Array(1);
    assertEquals(pread(this.fd, word, offset), 4);
    return word[0]!;
  }

  write(offset: number, value: number): void {
    assertEquals(pwrite(this.fd, new Int32Array([value]), offset), 4);
  }

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
    this.#fds[Symbol.dispose]();
  }
}

describe("RingMemory", () => {
  it("puts the first two entries into the order of submission", () => {
    using file = new RingFile();
    assertEquals([file.read(offsets.sqArray), file.read(offsets.sqArray + 4)], [0, 1]);
  });

  it("setTail() writes the tail of the submission ring", () => {
    using file = new RingFile();
    for (const tail of [2, 4, 0xffff_fffe]) {
      file.memory.setTail(tail);
      assertEquals(file.read(offsets.sqTail) >>> 0, tail);
    }
  });

  it("writeEntries() writes from the first entry on", () => {
    using file = new RingFile();
    file.memory.writeEntries(new Uint8Array([1, 0, 0, 0, 2]));
    assertEquals([file.read(entriesOffset), file.read(entriesOffset + 4)], [1, 2]);
  });

  it("readErrno() returns undefined without a completion, and otherwise its errno", () => {
    using file = new RingFile();
    assertEquals(file.memory.readErrno(), undefined);
    file.write(offsets.cqTail, 1);
    file.write(offsets.cqCqes + 8, -EPERM);
    assertEquals(file.memory.readErrno(), EPERM);
  });

  it("throws and unmaps what it has mapped when the second area can't be mapped", () => {
    using fds = new Fds();
    const fd = fds.own(memfdCreate("ring"));
    ftruncate(fd, entriesOffset + 4096);
    const functions = bindSymbols(uringSetupSymbols);
    let [maps, unmaps] = [0, 0];
    using _fault = failingIn(functions, "mmap", EPERM, 0xffff_ffff_ffff_ffffn, () => ++maps === 2);
    using _spy = failingIn(functions, "munmap", 0, 0, () => ++unmaps === 0);
    assertThrows(() => new RingMemory(fd, new Uint32Array(params.length)), SystemError, "mmap");
    assertEquals([maps, unmaps], [2, 1]);
  });
});
