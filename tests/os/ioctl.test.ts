/** The memory that requests are given. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { describeUnless } from "../support/skip.ts";

/** _IOW('T', 202, int) and _IOR('T', 210, unsigned int), although both take a struct ifreq of 40 bytes. */
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

describeUnless(cannotOpen(), "a request that takes more than it says", () => {
  it("leaves alone what is behind the memory that it is given", () => {
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

describe("a request", () => {
  it("is given all of what is longer than it says, in place", () => {
    using fds = new Fds();
    const { controller, terminal } = os.openpty();
    for (const fd of [controller, terminal]) fds.own(fd);
    const size = new Uint16Array([24, 80, 0, 0]);
    os.ioctl(controller, os.TIOCSWINSZ, size);
    const larger = new Uint16Array(10_000).fill(7);
    os.ioctl(terminal, os.TIOCGWINSZ, larger);
    assertEquals(larger.subarray(0, 6), new Uint16Array([24, 80, 0, 0, 7, 7]));
    assertThrows(() => os.ioctl(fds.pipe()[0], os.TIOCGWINSZ, size), SystemError, "ENOTTY");
  });
});
