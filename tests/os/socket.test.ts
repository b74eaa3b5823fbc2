/** Sockets of any family: making, naming and connecting them, and their options. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FdStream, SystemError, waitReadable, waitWritable } from "../../mod.ts";
import { osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { EINTR } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { countFds, Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** A name that is unique to this run. */
function abstractName(): string {
  return `\0fdready-${process.pid}-${crypto.randomUUID()}`;
}

function nameOf(fd: number): os.ParsedAddress {
  return os.parseAddress(os.getsockname(fd));
}

describe("socket()", () => {
  it("makes nonblocking and close-on-exec sockets", () => {
    using fds = new Fds();
    const kinds = [
      [os.AF_UNIX, os.SOCK_STREAM],
      [os.AF_UNIX, os.SOCK_DGRAM],
      [os.AF_UNIX, os.SOCK_SEQPACKET],
      [os.AF_INET, os.SOCK_STREAM, os.IPPROTO_TCP],
      [os.AF_INET6, os.SOCK_DGRAM, os.IPPROTO_UDP],
      [os.AF_NETLINK, os.SOCK_RAW, os.NETLINK_ROUTE],
    ] as const;
    for (const [domain, type, protocol] of kinds) {
      const fd = fds.own(os.socket(domain, type, protocol));
      assert(flagsOf(fd) & os.O_NONBLOCK);
      assert(flagsOf(fd) & os.O_CLOEXEC);
    }
    assertThrows(() => os.socket(99, os.SOCK_STREAM), SystemError, "EAFNOSUPPORT");
  });
});

describe("bind(), listen() and connect()", () => {
  const addresses: Record<string, (folder: string) => Uint8Array> = {
    "a path": (folder) => os.unixAddress(join(folder, "sökket")),
    "an abstract name": () => os.unixAddress(abstractName()),
    "IPv4": () => os.inetAddress("127.0.0.1", 0),
    "IPv6": () => os.inetAddress("::1", 0),
  };

  for (const [name, makeAddress] of Object.entries(addresses)) {
    it(`make a connection with ${name}`, async () => {
      using folder = new TemporaryFolder();
      using fds = new Fds();
      const address = makeAddress(folder.path);
      const { family, path, host } = os.parseAddress(address);
      const listener = fds.own(os.socket(family, os.SOCK_STREAM));
      os.bind(listener, address);
      os.listen(listener);
      const client = fds.own(os.socket(family, os.SOCK_STREAM));
      if (!os.connect(client, os.getsockname(listener))) await waitWritable(client);
      assertEquals(os.socketError(client), undefined);
      await waitReadable(listener);
      const server = fds.own(os.accept(listener)!);
      os.write(client, new Uint8Array([7]));
      await waitReadable(server);
      assertEquals(os.read(server, new Uint8Array(8)), 1);
      assertEquals(os.getpeername(client), os.getsockname(server));
      assertEquals([nameOf(server).path, nameOf(server).host], [path, host]);
      assertEquals(nameOf(client).path, undefined);
    });
  }

  it("throw the kernel's error", () => {
    using fds = new Fds();
    const name = abstractName();
    const fd = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    const refused = assertThrows(() => os.connect(fd, os.unixAddress(name)), SystemError);
    assertInstanceOf(refused, SystemError);
    assertEquals([refused.code, refused.syscall, refused.fd], ["ECONNREFUSED", "connect", fd]);
    assertThrows(() => os.getpeername(fd), SystemError, "ENOTCONN");
    os.bind(fd, os.unixAddress(name));
    const other = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    assertThrows(() => os.bind(other, os.unixAddress(name)), SystemError, "EADDRINUSE");
    const datagrams = fds.own(os.socket(os.AF_INET, os.SOCK_DGRAM));
    assertThrows(() => os.listen(datagrams), SystemError, "ENOTSUP");
    assertThrows(() => os.bind(datagrams, new Uint8Array(0)), SystemError, "EINVAL");
    assertThrows(() => os.bind(datagrams, new Uint8Array(500)), SystemError, "EINVAL");
    const [from] = fds.pipe();
    assertThrows(() => os.getsockname(from), SystemError, "ENOTSOCK");
  });

  it("refuse a string as an address, and show the call that makes one", () => {
    using fds = new Fds();
    const fd = fds.own(os.socket(os.AF_UNIX, os.SOCK_DGRAM));
    const address = "/run/example" as unknown as Uint8Array;
    const data = new Uint8Array(1);
    for (
      const call of [
        () => os.bind(fd, address),
        () => os.connect(fd, address),
        () => os.sendmsg(fd, { data, address }),
      ]
    ) {
      assertThrows(call, TypeError, "unixAddress(path) or inetAddress(host, port)");
    }
  });

  it("continue to wait for room after a signal, if the Unix socket blocks", () => {
    using fds = new Fds();
    const address = os.unixAddress(abstractName());
    const listener = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    os.bind(listener, address);
    os.listen(listener);
    const fd = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    let interruptions = 0;
    const interrupted = () => interruptions++ < 3;
    using fault = failingIn(osLibc(), "connect", EINTR, -1, interrupted);
    assertEquals(os.connect(fd, address), true);
    assertEquals(fault.count, 3);
    assertEquals(os.getpeername(fd), address);
    // TCP continues to connect in the background.
    interruptions = 0;
    const tcp = fds.own(os.socket(os.AF_INET, os.SOCK_STREAM));
    assertEquals(os.connect(tcp, os.inetAddress("127.0.0.1", 1)), false);
    assertEquals(fault.count, 4);
  });

  it("throw EAGAIN for a Unix connection while too many wait", () => {
    using fds = new Fds();
    const address = os.unixAddress(abstractName());
    const listener = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
    os.bind(listener, address);
    os.listen(listener, 0);
    const connectOne = () => os.connect(fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM)), address);
    assertEquals(connectOne(), true);
    assertThrows(connectOne, SystemError, "EAGAIN");
  });

  it("report a refused connection through socketError(), once", async () => {
    using fds = new Fds();
    // A port that the kernel gives to no other program.
    const taken = fds.own(os.socket(os.AF_INET, os.SOCK_STREAM));
    os.bind(taken, os.inetAddress("127.0.0.1", 0));
    const client = fds.own(os.socket(os.AF_INET, os.SOCK_STREAM));
    assertEquals(os.connect(client, os.getsockname(taken)), false);
    await waitWritable(client);
    const error = os.socketError(client);
    assertInstanceOf(error, SystemError);
    assertEquals([error.code, error.syscall, error.fd], ["ECONNREFUSED", "connect", client]);
    assertEquals(os.socketError(client), undefined);
  });
});

describe("getsockopt() and setsockopt()", () => {
  it("read and set options", () => {
    using fds = new Fds();
    const fd = fds.own(os.socket(os.AF_INET, os.SOCK_STREAM));
    const value = new Uint8Array(4);
    const read = (level: number, name: number) => {
      assertEquals(os.getsockopt(fd, level, name, value), 4);
      return new DataView(value.buffer).getInt32(0, true);
    };
    assertEquals(read(os.SOL_SOCKET, os.SO_TYPE), os.SOCK_STREAM);
    assertEquals(read(os.SOL_SOCKET, os.SO_DOMAIN), os.AF_INET);
    assertEquals(read(os.IPPROTO_TCP, os.TCP_NODELAY), 0);
    os.setsockopt(fd, os.IPPROTO_TCP, os.TCP_NODELAY, 1);
    assertEquals(read(os.IPPROTO_TCP, os.TCP_NODELAY), 1);
    const linger = new Uint8Array(new Int32Array([1, 5]).buffer);
    os.setsockopt(fd, os.SOL_SOCKET, os.SO_LINGER, linger);
    const now = new Uint8Array(16);
    assertEquals(os.getsockopt(fd, os.SOL_SOCKET, os.SO_LINGER, now), 8);
    assertEquals(now.subarray(0, 8), linger);
    assertThrows(() => os.getsockopt(fd, 6, 9999, value), SystemError, "ENOPROTOOPT");
    assertThrows(() => os.setsockopt(fd, 6, os.TCP_NODELAY, new Uint8Array(0)), SystemError);
  });

  it("return the peer's process", () => {
    using fds = new Fds();
    const [one] = fds.socketpair();
    const credentials = new Uint8Array(12);
    assertEquals(os.getsockopt(one, os.SOL_SOCKET, os.SO_PEERCRED, credentials), 12);
    assertEquals(new DataView(credentials.buffer).getInt32(0, true), process.pid);
  });
});

describe("parseAddress()", () => {
  it("returns the parts from which an address was made", () => {
    const loopback = Object.entries(networkInterfaces())
      .find(([, all]) => all?.some(({ internal }) => internal))?.[0] ?? "lo";
    const made: [address: Uint8Array, parsed: object][] = [
      [os.unixAddress("/run/x"), { family: 1, path: "/run/x" }],
      [os.unixAddress("\ufeffbom"), { family: 1, path: "\ufeffbom" }],
      [os.unixAddress("\0é"), { family: 1, path: "\0é" }],
      [os.unixAddress("\0"), { family: 1, path: "\0" }],
      [os.inetAddress("1.2.3.4", 65535), { family: 2, host: "1.2.3.4", port: 65535 }],
      [os.inetAddress("2001:DB8::0", 258), { family: 10, host: "2001:db8::", port: 258 }],
      [os.inetAddress("fe80::1%7", 1), { family: 10, host: "fe80::1%7", port: 1 }],
      [os.inetAddress(`fe80::1%${loopback}`, 1), { family: 10, host: "fe80::1%1", port: 1 }],
      [new Uint8Array(0), { family: 0 }],
      [new Uint8Array([1, 0]), { family: 1 }],
      [new Uint8Array([16, 0, 1, 2, 3]), { family: 16 }],
    ];
    for (const [address, parsed] of made) {
      assertEquals(os.parseAddress(address), parsed);
      const shared = new Uint8Array(new SharedArrayBuffer(200), 3, address.length);
      shared.set(address);
      assertEquals(os.parseAddress(shared), parsed);
    }
  });

  it("refuses malformed addresses, as inetAddress() and unixAddress() do", () => {
    for (
      const host of ["", "localhost", "1.2.3", "1.2.3.4%lo", "fe80::1%", "::1 ", "%1", "::1\0"]
    ) {
      assertThrows(() => os.inetAddress(host, 1), TypeError, "Not an IP address");
    }
    assertThrows(() => os.inetAddress("fe80::1%nonesuch", 1), SystemError, "ENODEV");
    assertThrows(() => os.inetAddress("fe80::1%4294967296", 1), RangeError);
    for (const path of ["", "a\0b", "\0a\0b", "\ud800"]) {
      assertThrows(() => os.unixAddress(path), TypeError);
    }
    for (const address of [[1], [2, 0, 0, 80, 1, 2, 3], [10, 0, ...Array(25).fill(0)]]) {
      assertThrows(() => os.parseAddress(new Uint8Array(address)), TypeError, "Not an address");
    }
  });
});

describe("inetAddress() and unixAddress()", () => {
  it("accept a zone of 32 bits at most", () => {
    for (const zone of ["4294967296", "9".repeat(400)]) {
      assertThrows(() => os.inetAddress(`::1%${zone}`, 1), RangeError, "zone");
    }
  });

  it("accept the longest path", () => {
    using fds = new Fds();
    const longest = `\0${"n".repeat(71)}${crypto.randomUUID()}`;
    const fd = fds.own(os.socket(os.AF_UNIX, os.SOCK_DGRAM));
    os.bind(fd, os.unixAddress(longest));
    assertEquals(nameOf(fd).path, longest);
    assertThrows(() => os.unixAddress(`${longest}n`), RangeError, "108");
    assertThrows(() => os.unixAddress("é".repeat(54)), RangeError, "108");
  });
});

describe("FdStream", () => {
  it("refuses sockets with messages, which an empty one would end", () => {
    using fds = new Fds();
    for (
      const [family, type] of [
        [os.AF_UNIX, os.SOCK_DGRAM],
        [os.AF_INET, os.SOCK_DGRAM],
        [os.AF_UNIX, os.SOCK_SEQPACKET],
        [os.AF_NETLINK, os.SOCK_RAW],
      ] as const
    ) {
      const fd = fds.own(os.socket(family, type));
      const before = countFds();
      const error = assertThrows(() => new FdStream(fd), TypeError, "not a stream socket");
      assertStringIncludes(String(error), "empty");
      assertEquals(countFds(), before);
      assertEquals(os.socketError(fd), undefined);
    }
  });
});
