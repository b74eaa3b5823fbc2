/** The memory for requests. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { describeUnless } from "../support/skip.ts";

const hello = new TextEncoder().encode("hello\n");

/**
 * _IOW('T', 202, int) and _IOR('T', 210, unsigned int), although both use a struct ifreq of 40
 * bytes.
 */
const TUNSETIFF = 0x400454ca;
const TUNGETIFF = 0x800454d2;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;

function openTun(): number {
  return os.open("/dev/net/tun", os.O_RDWR);
}

function cannotOpen(): string | undefined {
  try {
    const fd = openTun();
    try {
      // The flags alone; the kernel chooses the name.
      os.ioctl(fd, TUNSETIFF, requestOf(""));
    } finally {
      os.close(fd);
    }
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) return error.message;
    throw error;
  }
}

/** The start of a struct ifreq, of 18 bytes: char ifr_name[16], short ifr_flags */
function requestOf(name: string): Uint8Array {
  const request = new DataView(new ArrayBuffer(18));
  new TextEncoder().encodeInto(name, new Uint8Array(request.buffer));
  request.setUint16(16, IFF_TUN | IFF_NO_PI, true);
  return new Uint8Array(request.buffer);
}

describeUnless(cannotOpen(), "ioctl(), with a struct longer than the request says,", () => {
  it("writes nothing beyond the memory", () => {
    using fds = new Fds();
    const fd = fds.own(openTun());
    os.ioctl(fd, TUNSETIFF, requestOf("fdready%d"));
    for (const size of [0, 1, 16, 18, 39, 40]) {
      const memory = new Uint8Array(64).fill(0xaa);
      os.ioctl(fd, TUNGETIFF, memory.subarray(8, 8 + size));
      const name = new TextDecoder().decode(memory.subarray(8, 8 + Math.min(size, 7)));
      assertEquals(name, "fdready".slice(0, size));
      memory.fill(0xaa, 8, 8 + size);
      assertEquals(memory, new Uint8Array(64).fill(0xaa), `${size} bytes`);
    }
  });
});

describe("ioctl()", () => {
  it("passes memory longer than the struct in place", () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
    const size = new Uint16Array([24, 80, 0, 0]);
    os.ioctl(controller, os.TIOCSWINSZ, size);
    const larger = new Uint16Array(10_000).fill(7);
    os.ioctl(terminal, os.TIOCGWINSZ, larger);
    assertEquals(larger.subarray(0, 6), new Uint16Array([24, 80, 0, 0, 7, 7]));
    assertThrows(() => os.ioctl(fds.pipe()[0], os.TIOCGWINSZ, size), SystemError, "ENOTTY");
  });

  it("accepts memory of any length", () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
    os.ioctl(controller, os.TIOCSWINSZ, new Uint16Array([24, 80, 1, 2]));
    const size = new Uint16Array(4);
    assertEquals(os.ioctl(terminal, os.TIOCGWINSZ, size), 0);
    assertEquals([...size], [24, 80, 1, 2]);
    const memory = new ArrayBuffer(16);
    os.ioctl(terminal, os.TIOCGWINSZ, new Uint8Array(memory, 4, 3));
    assertEquals([...new Uint8Array(memory)], [0, 0, 0, 0, 24, 0, 80, ...Array(9).fill(0)]);
    const whole = new Uint16Array(5000).fill(7);
    os.ioctl(terminal, os.TIOCGWINSZ, whole);
    assertEquals([...whole.subarray(0, 6)], [24, 80, 1, 2, 7, 7]);
    // This request contains the size of its struct.
    const few = new DataView(memory, 3, 8);
    new Uint8Array(memory).fill(9);
    os.ioctl(terminal, os.TCGETS2, few);
    assertEquals(few.getUint32(0, true), os.tcgetattr(terminal).iflag);
    const around = new Uint8Array(memory);
    assertEquals([...around.subarray(0, 3), ...around.subarray(11)], Array(8).fill(9));
  });

  it("accepts a number, or no argument", async () => {
    using fds = new Fds();
    const { controller, terminal } = fds.openpty();
    const flags = os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC;
    const peer = fds.own(os.ioctl(controller, os.TIOCGPTPEER, flags));
    assert(flagsOf(peer) & os.O_CLOEXEC);
    os.write(controller, hello);
    await waitReadable(peer);
    const count = new Int32Array(1);
    os.ioctl(peer, os.FIONREAD, count);
    assertEquals(count[0], hello.length);
    os.ioctl(terminal, os.TIOCEXCL);
    os.ioctl(terminal, os.TIOCNXCL, 0);
    const [reader] = fds.pipe();
    assertThrows(() => os.ioctl(reader, os.TIOCGWINSZ, count), SystemError, "ENOTTY");
    assertThrows(() => os.ioctl(terminal, os.TIOCGWINSZ, -1), SystemError, "EFAULT");
  });
});
