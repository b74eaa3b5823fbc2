import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { connectTcp, SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { connectTo } from "../support/libc.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** The value of a socket option that is a C `int`. */
function option(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  os.getsockopt(fd, level, name, new Uint8Array(value.buffer));
  return value[0]!;
}

describe("listenTcp()", () => {
  it("passes noDelay on to accepted connections", async () => {
    for (const noDelay of [undefined, false, true]) {
      using fds = new Fds();
      const listener = fds.own(os.listenTcp("127.0.0.1", 0, { noDelay }));
      fds.own(connectTo(listener));
      await waitReadable(listener);
      const accepted = fds.own(os.accept(listener)!);
      const value = option(accepted, os.IPPROTO_TCP, os.TCP_NODELAY) !== 0;
      assertEquals(value, noDelay ?? false);
    }
  });
});

describe("acceptFrom()", () => {
  it("returns the connection and the peer's address", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      using fds = new Fds();
      const listener = fds.own(os.listenTcp(host, 0));
      assertEquals(os.acceptFrom(listener), undefined);
      const client = fds.own(await connectTcp(host, os.localPort(listener)));
      await waitReadable(listener);
      const { fd, address } = os.acceptFrom({ fd: listener })!;
      fds.own(fd);
      assertEquals(address, os.getsockname(client));
      assertEquals(address, os.getpeername(fd));
      const { O_NONBLOCK, O_CLOEXEC } = os;
      assertEquals(flagsOf(fd) & (O_NONBLOCK | O_CLOEXEC), O_NONBLOCK | O_CLOEXEC);
    }
  });

  it("returns the name of a Unix socket's peer, if it has one", () => {
    using fds = new Fds();
    const name = `\0${crypto.randomUUID()}`;
    const listener = fds.own(os.listenUnix(name));
    for (const own of [undefined, `\0${crypto.randomUUID()}`]) {
      const client = fds.own(os.socket(os.AF_UNIX, os.SOCK_STREAM));
      if (own !== undefined) os.bind(client, os.unixAddress(own));
      os.connect(client, os.unixAddress(name));
      const { fd, address } = os.acceptFrom(listener)!;
      fds.own(fd);
      const { family, path } = os.parseAddress(address);
      assertEquals([family, path], [os.AF_UNIX, own]);
    }
  });

  it("fails for a descriptor that doesn't listen", () => {
    using fds = new Fds();
    assertThrows(() => os.acceptFrom(fds.socketpair()[0]), SystemError, "EINVAL");
    assertThrows(() => os.acceptFrom(fds.pipe()[0]), SystemError, "ENOTSOCK");
  });
});

describe("accept()", () => {
  it("returns a connection, or undefined if there is none", async () => {
    using fds = new Fds();
    const listener = fds.own(os.listenTcp("127.0.0.1", 0, { backlog: 5 }));
    assertEquals(os.accept(listener), undefined);
    const client = fds.own(connectTo(listener));
    await waitReadable(listener);
    const server = fds.own(os.accept(listener)!);
    os.write(client, new Uint8Array([7]));
    await waitReadable(server);
    const buffer = new Uint8Array(2);
    assertEquals(os.read(server, buffer), 1);
    assertEquals(buffer[0], 7);
    os.shutdown(server, "write");
    assertEquals(os.read(client, buffer), 0);
  });
});

describe("localPort()", () => {
  it("throws for a socket without a port", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const listener = fds.own(os.listenUnix(join(folder.path, "socket")));
    assertThrows(() => os.localPort(listener), TypeError, "ports");
    assertThrows(() => os.localPort(fds.pipe()[0]), SystemError, "ENOTSOCK");
  });
});

describe("listenTcp() and listenUnix()", () => {
  it("share a port if both listeners have reusePort", () => {
    using fds = new Fds();
    const first = fds.own(os.listenTcp("127.0.0.1", 0, { reusePort: true }));
    const port = os.localPort(first);
    fds.own(os.listenTcp("127.0.0.1", port, { reusePort: true }));
    assertThrows(() => os.listenTcp("127.0.0.1", port), SystemError, "EADDRINUSE");
  });

  it("name the address that is in use", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const paths = [join(folder.path, "socket"), `\0${crypto.randomUUID()}`];
    for (const path of paths) {
      fds.own(os.listenUnix(path));
      const error = assertThrows(() => os.listenUnix(path), SystemError, JSON.stringify(path));
      assertEquals([error.code, error.path], ["EADDRINUSE", path]);
    }
    for (const [host, shown] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]] as const) {
      const port = os.localPort(fds.own(os.listenTcp(host, 0)));
      const error = assertThrows(
        () => os.listenTcp(host, port),
        SystemError,
        ` to ${shown}:${port}`,
      );
      assertEquals([error.code, "path" in error], ["EADDRINUSE", false]);
    }
  });

  it("refuse other hosts, ports and paths", () => {
    using folder = new TemporaryFolder();
    assertThrows(() => os.listenTcp("localhost", 0), TypeError, "localhost");
    for (const port of [-1, 65536]) {
      assertThrows(() => os.listenTcp("127.0.0.1", port), RangeError, "port");
    }
    for (const port of [1.5, NaN]) {
      assertThrows(() => os.listenTcp("127.0.0.1", port), TypeError, "port");
    }
    assertThrows(() => os.listenUnix(""), TypeError, "path");
    assertThrows(() => os.listenUnix(join(folder.path, "x".repeat(120))), RangeError, "107");
    const path = join(folder.path, "socket");
    os.close(os.listenUnix(path));
    assertThrows(() => os.listenUnix(path), SystemError, "EADDRINUSE");
  });
});
