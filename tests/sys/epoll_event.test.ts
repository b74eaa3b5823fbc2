/** `struct epoll_event`, as the kernel has it on each architecture. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { EPOLLOUT } from "../../src/ffi/constants.ts";
import { architectures } from "../../src/sys/architecture.ts";
import { Epoll } from "../../src/sys/epoll.ts";
import { EventBuffer, writeEvent } from "../../src/sys/epoll.ts";
import { Fds } from "../support/fds.ts";

function toBytes(arch: keyof typeof architectures): DataView {
  const layout = architectures[arch].epollEvent;
  const words = new Uint32Array(2 * layout.stride);
  writeEvent(words, 1, layout, 0x4000_0005, 7, 0xdead_beef);
  return new DataView(words.buffer, layout.stride * 4);
}

describe("struct epoll_event", () => {
  it("is packed on x86-64: 12 bytes, data at 4", () => {
    const bytes = toBytes("x64");
    assertEquals(bytes.byteLength, 12);
    assertEquals(bytes.getUint32(0, true), 0x4000_0005);
    assertEquals(bytes.getBigUint64(4, true), 0xdead_beef_0000_0007n);
  });

  it("is aligned on arm64: 16 bytes, data at 8", () => {
    const bytes = toBytes("arm64");
    assertEquals(bytes.byteLength, 16);
    assertEquals(bytes.getUint32(0, true), 0x4000_0005);
    assertEquals(bytes.getUint32(4, true), 0);
    assertEquals(bytes.getBigUint64(8, true), 0xdead_beef_0000_0007n);
  });

  it("is read as it is written, whatever the layout", () => {
    for (const { epollEvent } of Object.values(architectures)) {
      const events = new EventBuffer(epollEvent);
      events.push(1, 3, 10);
      events.push(0x8000_0018, 0x7fff_ffff, 0xffff_ffff);
      assertEquals([...events], [{ fd: 3, events: 1 }, { fd: 0x7fff_ffff, events: 0x8000_0018 }]);
      assertEquals([events.generation(0), events.generation(1)], [10, 0xffff_ffff]);
    }
  });

  it(`is what the kernel fills in here, on ${process.arch}`, () => {
    using epoll = new Epoll();
    using fds = new Fds();
    const pairs = [fds.pipe(), fds.pipe(), fds.pipe()];
    for (const [, end] of pairs) epoll.add(end, EPOLLOUT, 0xffff_0000 + end);
    const events = epoll.wait(0);
    assertEquals([...events], pairs.map(([, fd]) => ({ fd, events: EPOLLOUT })));
    for (let index = 0; index < events.length; index++) {
      assertEquals(events.generation(index), 0xffff_0000 + events.fd(index));
    }
  });
});
