/** Messages: data in several pieces, addresses, and passed descriptors. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readlinkSync } from "node:fs";
import { SystemError, waitReadable } from "../../mod.ts";
import { locate } from "../../src/ffi/c_memory.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { countFds, drain, Fds, fill, poke } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { itUnlessEmulated } from "../support/emulated.ts";
import { collectGarbage } from "../support/garbage.ts";

const text = new TextEncoder().encode("hello");
const buffer = new Uint8Array(65536);

/** A pair of bound sockets of datagrams. */
function datagrams(fds: Fds, family: number = os.AF_UNIX): [one: number, other: number] {
  const make = () => {
    const fd = fds.own(os.socket(family, os.SOCK_DGRAM));
    const name = crypto.randomUUID();
    os.bind(fd, family === os.AF_UNIX ? os.unixAddress(`\0${name}`) : os.inetAddress("::1", 0));
    return fd;
  };
  return [make(), make()];
}

function targetOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

/** Switches an option on, unless the kernel is too old for it. */
function setIfKnown(fd: number, option: number): void {
  try {
    os.setsockopt(fd, os.SOL_SOCKET, option, 1);
  } catch (error) {
    if (!(error instanceof SystemError && error.code === "ENOPROTOOPT")) throw error;
  }
}

describe("sendmsg() and recvmsg()", () => {
  for (const [name, family] of [["Unix", os.AF_UNIX], ["IPv6", os.AF_INET6]] as const) {
    it(`exchange datagrams with addresses: ${name}`, async () => {
      using fds = new Fds();
      const [one, other] = datagrams(fds, family);
      assertEquals(os.recvmsg(other, buffer), undefined);
      const address = os.getsockname(other);
      assertEquals(os.sendmsg(one, { data: text, address }), 5);
      assertEquals(os.sendmsg(one, { data: new Uint8Array(0), address }), 0);
      assertEquals(os.sendmsg(one, { data: [text, new Uint16Array(2), text], address }), 14);
      const received = [];
      for (let count = 0; count < 3; count++) {
        await waitReadable(other);
        received.push(os.recvmsg(other, buffer)!);
      }
      assertEquals(received.map(({ length }) => length), [5, 0, 14]);
      for (const { address, fds, flags } of received) {
        assertEquals(os.parseAddress(address), os.parseAddress(os.getsockname(one)));
        assertEquals([fds, flags], [[], 0]);
      }
      assertEquals(buffer.slice(9, 14), text);
      assertEquals(os.recvmsg(other, buffer), undefined);
    });
  }

  itUnlessEmulated("send an empty datagram for no pieces", "it isn't sent", () => {
    using fds = new Fds();
    const [one, other] = datagrams(fds);
    assertEquals(os.sendmsg(one, { data: [], address: os.getsockname(other) }), 0);
    assertEquals(os.recvmsg(other, buffer)?.length, 0);
  });

  it("report the end of a stream as a length of 0, without an address", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.sendmsg(one, { data: text });
    const message = os.recvmsg(other, new DataView(new ArrayBuffer(64), 3))!;
    assertEquals(message, {
      length: 5,
      address: new Uint8Array(0),
      fds: [],
      control: [],
      flags: 0,
    });
    assertEquals(os.parseAddress(message.address), { family: os.AF_UNSPEC });
    fds.close(one);
    assertEquals(os.recvmsg(other, buffer)?.length, 0);
    assertThrows(() => os.sendmsg(other, { data: text }), SystemError, "EPIPE");
  });

  it("report that a datagram was longer than the buffer", () => {
    using fds = new Fds();
    const [one, other] = datagrams(fds);
    const address = os.getsockname(other);
    for (let count = 0; count < 3; count++) os.sendmsg(one, { data: text, address });
    const short = new Uint8Array(2);
    const peeked = os.recvmsg(other, short, { flags: os.MSG_PEEK | os.MSG_TRUNC })!;
    assertEquals([peeked.length, peeked.flags], [5, os.MSG_TRUNC]);
    const cut = os.recvmsg(other, short)!;
    assertEquals([cut.length, cut.flags], [2, os.MSG_TRUNC]);
    const empty = os.recvmsg(other, new Uint8Array(0))!;
    assertEquals([empty.length, empty.flags], [0, os.MSG_TRUNC]);
    assertEquals(os.recvmsg(other, buffer)?.length, 5);
  });

  it("never block, even if the socket does", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    for (const fd of [one, other]) os.setNonblocking(fd, false);
    assertEquals(os.recvmsg(one, buffer), undefined);
    let sent = 0;
    for (let count; (count = os.sendmsg(one, { data: buffer })) !== undefined;) sent += count;
    assert(sent > 0);
  });
});

describe("recvmsg() with maxFds", () => {
  it("returns new descriptors of the same files, close-on-exec", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const [from, to] = fds.pipe();
    assertEquals(os.sendmsg(one, { data: text, fds: [from, { fd: to }] }), 5);
    const message = os.recvmsg(other, buffer, { maxFds: 2 })!;
    message.fds.forEach(fds.own, fds);
    assertEquals(message.fds.map(targetOf), [from, to].map(targetOf));
    assertEquals([message.length, message.flags], [5, 0]);
    for (const fd of message.fds) assert(flagsOf(fd) & os.O_CLOEXEC);
    fds.close(to);
    poke(message.fds[1]!);
    assertEquals(os.read(from, buffer), 1);
  });

  it("leaves none open after a thousand messages", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const [from, to] = fds.pipe();
    const before = countFds();
    for (let count = 0; count < 1000; count++) {
      os.sendmsg(one, { data: text, fds: [from, to, from] });
      const message = os.recvmsg(other, buffer, { maxFds: 3 })!;
      assertEquals(message.fds.length, 3);
      for (const fd of message.fds) os.close(fd);
    }
    assertEquals(countFds(), before);
  });

  it("returns as many as there is room for, and closes the others", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const [from, to] = fds.pipe();
    fds.close(to);
    const [watched, last] = os.pipe();
    fds.own(watched);
    for (const maxFds of [undefined, 0, 1, 2, 3, 4]) {
      const before = countFds();
      os.sendmsg(one, { data: text, fds: [from, from, from, from, last] });
      const message = os.recvmsg(other, buffer, { maxFds })!;
      assertEquals(message.fds.length, maxFds ?? 0);
      assertEquals(message.flags, os.MSG_CTRUNC);
      assertEquals(countFds(), before + message.fds.length);
      for (const fd of message.fds) os.close(fd);
    }
    os.close(last);
    // The other end is closed everywhere, also in the socket's queue.
    assertEquals(os.read(watched, buffer), 0);
  });

  it("accepts 253 descriptors at most, which sendmsg() sends with data only", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const [from] = fds.pipe();
    const many = (length: number) => Array<number>(length).fill(from);
    assertThrows(() => os.sendmsg(one, { data: text, fds: many(254) }), RangeError, "254");
    for (const data of [[], new Uint8Array(0), [new Uint8Array(0), new Uint8Array(0)]]) {
      assertThrows(() => os.sendmsg(one, { data, fds: [from] }), TypeError, "at least 1 byte");
    }
    assertEquals(os.recvmsg(other, buffer, { maxFds: 253 }), undefined);
    os.sendmsg(one, { data: text, fds: many(253) });
    const message = os.recvmsg(other, buffer, { maxFds: 253 })!;
    message.fds.forEach(fds.own, fds);
    assertEquals([message.fds.length, message.flags], [253, 0]);
  });

  it("has a sendmsg() that names the descriptor that isn't open", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const sending = (fd: number, passed: number[]) => () =>
      os.sendmsg(fd, { data: text, fds: passed });
    const missing = assertThrows(sending(one, [other, 9999, 9998]), SystemError, "fd 9999 failed");
    assertEquals([missing.code, missing.fd], ["EBADF", 9999]);
    assertStringIncludes(missing.message, `descriptors to send over fd ${one}`);
    const socket = assertThrows(sending(9997, [9999]), SystemError, "fd 9997 failed");
    assertEquals([socket.code, socket.fd], ["EBADF", 9997]);
    assertEquals(os.recvmsg(other, buffer, { maxFds: 253 }), undefined);
  });

  it("closes them if it throws after the call", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.setsockopt(other, os.SOL_SOCKET, os.SO_PASSCRED, 1);
    os.sendmsg(one, { data: text, fds: [one, other] });
    const before = countFds();
    const { slice } = Uint8Array.prototype;
    try {
      Uint8Array.prototype.slice = () => {
        throw new RangeError("no memory left");
      };
      assertThrows(() => os.recvmsg(other, buffer, { maxFds: 8 }), RangeError, "memory");
    } finally {
      Uint8Array.prototype.slice = slice;
    }
    assertEquals(countFds(), before);
  });

  const { SO_PASSCRED, SO_TIMESTAMP, SO_PASSSEC } = os;
  const options = { SO_PASSCRED, SO_TIMESTAMP, SO_PASSSEC, SO_PASSPIDFD: 76 };
  for (const names of [...Object.keys(options).map((name) => [name]), Object.keys(options)]) {
    const exchange = (count: number, maxFds: number) => {
      using fds = new Fds();
      const [one, other] = fds.socketpair();
      for (const [name, option] of Object.entries(options)) {
        if (names.includes(name)) setIfKnown(other, option);
      }
      const before = countFds();
      os.sendmsg(one, { data: text, fds: Array<number>(count).fill(one) });
      const message = os.recvmsg(other, buffer, { maxFds })!;
      assertEquals(countFds(), before + maxFds);
      assertEquals(new Set(message.fds.map(targetOf)), new Set([targetOf(one)]));
      assertEquals(message.fds.length, maxFds);
      assertEquals(message.flags, maxFds === count ? 0 : os.MSG_CTRUNC);
      for (const fd of message.fds) os.close(fd);
    };

    it(`returns them beside control data from the kernel, and leaves nothing open: ${names}`, () => {
      for (const count of [1, 2, 3, 253]) exchange(count, count);
    });

    itUnlessEmulated(
      `closes those beyond maxFds beside control data from the kernel: ${names}`,
      "those without room stay open",
      () => {
        for (const count of [2, 3, 253]) exchange(count, Math.ceil(count / 2));
      },
    );
  }

  it("returns new ones for each peek", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    os.sendmsg(one, { data: text, fds: [one] });
    for (const flags of [os.MSG_PEEK, os.MSG_PEEK, 0]) {
      const message = os.recvmsg(other, buffer, { maxFds: 1, flags })!;
      message.fds.forEach(fds.own, fds);
      assertEquals(message.fds.map(targetOf), [targetOf(one)]);
    }
  });
});

describe("sendmsg() and recvmsg()", () => {
  it("send 1024 pieces, and receive them into any memory", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    for (const count of [0, 1, 16, 17, 1024]) {
      const pieces = Array.from(
        { length: count },
        (_, index) => new Uint8Array([index, index >> 8]),
      );
      assertEquals(os.sendmsg(one, { data: pieces }), 2 * count);
      const room = new Uint16Array(count + 1);
      if (count > 0) assertEquals(os.recvmsg(other, room)?.length, 2 * count);
      assertEquals(
        [...room.subarray(0, count)],
        Array.from({ length: count }, (_, index) => index),
      );
    }
    const tooMany = Array<Uint8Array>(1025).fill(text);
    assertThrows(() => os.sendmsg(one, { data: tooMany }), SystemError, "EMSGSIZE");
    assertEquals(os.recvmsg(other, buffer), undefined);
  });

  it("use memory where it is now, wherever it was before", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const exchange = (make: () => Uint8Array) => {
      for (let count = 0; count < 3; count++) {
        const view = make();
        view.fill(count + 1);
        os.sendmsg(one, { data: view });
        view.fill(0);
        assertEquals(os.recvmsg(other, view)?.length, view.length);
        assert(view.every((byte) => byte === count + 1));
      }
    };
    let memory = new ArrayBuffer(4096);
    exchange(() => new Uint8Array(memory = memory.transfer(2 * memory.byteLength)));
    const resizable = new ArrayBuffer(16, { maxByteLength: 1 << 20 });
    exchange(() => {
      resizable.resize(4 * resizable.byteLength);
      return new Uint8Array(resizable);
    });
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: 16 });
    exchange(() => {
      wasm.grow(2);
      return new Uint8Array(wasm.buffer, 8, 4096);
    });
    exchange(() => new Uint8Array(new SharedArrayBuffer(64), 8, 16));
    exchange(() => new Uint8Array(3));
  });
});

describe("readv() and writev()", () => {
  it("scatter and gather 1024 pieces, and return undefined if they would block", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const rooms = Array.from({ length: 1024 }, (_, index) => new Uint8Array(index % 64));
    const pieces = rooms.map(({ length }, index) => new Uint8Array(length).fill(index));
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    assertEquals(os.readv(from, rooms), undefined);
    assertEquals(os.writev(to, pieces), total);
    assertEquals(os.readv(from, rooms), total);
    assertEquals(rooms, pieces);
    fill(to);
    assertEquals(os.writev(to, pieces), undefined);
    drain(from);
    assertEquals(os.writev(to, []), 0);
    fds.close(to);
    assertEquals(os.readv(from, rooms), 0);
    assertThrows(() => os.readv(from, [...rooms, buffer]), SystemError, "EINVAL");
    assertThrows(() => os.readv(from, []), TypeError, "empty buffer");
    assertThrows(() => os.readv(from, [new Uint8Array(0)]), TypeError, "empty buffer");
  });

  it("move what fits, in order, whatever the collector does", () => {
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const sent: number[] = [];
    const received: number[] = [];
    let next = 0;
    // Far more than the socket holds, in small and large pieces without other references.
    for (let turn = 0; turn < 60; turn++) {
      if (turn % 20 === 0) collectGarbage();
      const pieces = [3, 64, 65, 20_000].map((length) =>
        Uint8Array.from({ length }, () => next++ & 0xff)
      );
      const all = pieces.flatMap((piece) => [...piece]);
      const count = os.writev(one, pieces) ?? 0;
      sent.push(...all.slice(0, count));
      next += count - all.length;
      const rooms = [7, 63, 64, 30_000].map((length) => new Uint8Array(length));
      const length = os.readv(other, rooms) ?? 0;
      received.push(...rooms.flatMap((room) => [...room]).slice(0, length));
    }
    assert(sent.length > 60 * 20_000 / 2);
    const same = received.every((byte, index) => byte === (index & 0xff));
    assert(same, "the bytes came in order");
    assertEquals(sent.length, received.length + drain(other));
  });
});

describe("locate()", () => {
  it("returns an address that stays valid, even of a small array", () => {
    const { memcpy } = bindSymbols(
      { memcpy: { args: ["buffer", "usize", "usize"], returns: "void" } } as const,
    );
    const views = Array.from({ length: 1000 }, (_, index) => new Uint8Array(8).fill(index));
    const addresses = views.map(locate);
    collectGarbage();
    const copies = addresses.map((address) => {
      const copy = new Uint8Array(8);
      memcpy(copy, address, 8n);
      return copy;
    });
    assertEquals(copies, views);
    for (const { buffer } of views) assertEquals(buffer.byteLength, 8);
    assertEquals(views.map(locate), addresses);
    assertEquals(locate(new Uint8Array(0)), 0n);
  });
});
