/** Accepting all waiting connections. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { acceptAll, SystemError } from "../../mod.ts";
import { F_GETFL, O_NONBLOCK } from "../../src/ffi/constants.ts";
import { libc, osLibc } from "../../src/ffi/libc.ts";
import {
  AF_UNIX,
  close,
  listenTcp,
  listenUnix,
  setNonblocking,
  SOCK_DGRAM,
  socket,
} from "../../src/os/mod.ts";
import { EMFILE } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { Fds } from "../support/fds.ts";
import { connectTo } from "../support/libc.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const F_GETFD = 1;
const FD_CLOEXEC = 1;

describe("acceptAll()", () => {
  it("returns an empty list without connections", () => {
    using fds = new Fds();
    assertEquals(acceptAll(fds.own(listenTcp("127.0.0.1", 0))), []);
    using folder = new TemporaryFolder();
    assertEquals(acceptAll(fds.own(listenUnix(`${folder.path}/socket`))), []);
  });

  it("returns all connections, nonblocking and close-on-exec", () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    for (let count = 0; count < 100; count++) fds.own(connectTo(listener));
    const connections = acceptAll(listener);
    for (const connection of connections) fds.own(connection);
    assertEquals(new Set(connections).size, 100);
    for (const connection of connections) {
      assertEquals(libc().fcntl(connection, F_GETFL, 0) & O_NONBLOCK, O_NONBLOCK);
      assertEquals(libc().fcntl(connection, F_GETFD, 0), FD_CLOEXEC);
    }
    assertEquals(acceptAll(listener), []);
  });

  it("doesn't block on a socket that was made blocking", () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    fds.own(connectTo(listener));
    setNonblocking(listener, false);
    assertEquals(acceptAll(listener).map(close).length, 1);
    assertEquals(setNonblocking(listener, true), true, "it was nonblocking by then");
  });

  it("leaves a socket that doesn't listen unchanged", () => {
    using fds = new Fds();
    const [fd] = fds.pipe();
    const others = [fd, fds.socketpair()[0], fds.own(socket(AF_UNIX, SOCK_DGRAM))];
    for (const other of others) {
      setNonblocking(other, false);
      const error = assertThrows(() => acceptAll(other), SystemError);
      assertMatch(error.code, other === fd ? /ENOTSOCK/ : /EINVAL|ENOTSUP/);
      assertEquals(setNonblocking(other, false), false);
    }
  });

  it("returns the connections before an error, which the next call throws", () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    for (let count = 0; count < 5; count++) fds.own(connectTo(listener));
    {
      let calls = 0;
      using _fault = failingIn(osLibc(), "accept4", EMFILE, -1, () => ++calls > 3);
      assertEquals(acceptAll(listener).map(close).length, 3);
      assertEquals(assertThrows(() => acceptAll(listener), SystemError).code, "EMFILE");
    }
    assertEquals(acceptAll(listener).map(close).length, 2);
  });
});
