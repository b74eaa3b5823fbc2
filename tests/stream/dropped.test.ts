/** Streams that a program lets go of without closing them. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FdStream } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { countFds, Fds, poke } from "../support/fds.ts";
import { collected, collectGarbage } from "../support/garbage.ts";
import { isOpen } from "../support/libc.ts";
import { turn } from "../support/turns.ts";

describe("a stream that is dropped", () => {
  it("gives back its descriptors", async () => {
    const before = countFds();
    for (let n = 0; n < 50; n++) for (const fd of pipe()) new FdStream(fd);
    // The last two may still lie on the stack.
    await collected(() => countFds() <= before + 2);
  });

  it("leaves the standard descriptors open", async () => {
    for (let n = 0; n < 50; n++) for (const fd of [1, 2]) new FdStream(fd);
    const before = countFds();
    for (const fd of pipe()) new FdStream(fd);
    for (let n = 0; n < 20; n++) new FdStream(1);
    await collected(() => countFds() <= before);
    assertEquals([1, 2].filter((fd) => !isOpen(fd)), []);
  });

  it("is there while a read is pending, or its web stream is held", async () => {
    using fds = new Fds();
    const [one, other] = pipe();
    const [two, another] = pipe();
    for (const fd of [other, another]) fds.own(fd);
    const reading = new FdStream(one).read(new Uint8Array(8));
    const reader = new FdStream(two).readable.getReader();
    for (let round = 0; round < 10; round++) {
      collectGarbage();
      await turn();
    }
    poke(other);
    poke(another);
    assertEquals(await reading, 1);
    assertEquals((await reader.read()).value?.length, 1);
    await reader.cancel();
  });
});
