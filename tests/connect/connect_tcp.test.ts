/** Connecting over TCP. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connectTcp, SystemError, waitReadable, watch } from "../../mod.ts";
import { connectToFirst } from "../../src/connect/connect_to_first.ts";
import { osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { EMFILE } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { fullTcpListener } from "../support/full_listener.ts";
import { run } from "../support/programs.ts";
import { rejection } from "../support/waits.ts";

/** A port that is taken, so that nothing else can listen on it, and refuses connections. */
function closedPort(fds: Fds, host = "127.0.0.1"): number {
  const fd = fds.own(os.socket(host === "::1" ? os.AF_INET6 : os.AF_INET, os.SOCK_STREAM));
  os.bind(fd, os.inetAddress(host, 0));
  return os.localPort(fd);
}

function noDelayOf(fd: number): boolean {
  const value = new Int32Array(1);
  os.getsockopt(fd, os.IPPROTO_TCP, os.TCP_NODELAY, new Uint8Array(value.buffer));
  return value[0] !== 0;
}

describe("connectTcp()", () => {
  for (const host of ["127.0.0.1", "::1", "localhost"]) {
    it(`resolves to a connected descriptor: ${host}`, async () => {
      using fds = new Fds();
      const listener = fds.own(os.listenTcp(host === "localhost" ? "127.0.0.1" : host, 0));
      const port = os.localPort(listener);
      const fd = fds.own(await connectTcp(host, port));
      assertEquals(os.parseAddress(os.getpeername(fd)).port, port);
      assertEquals(flagsOf(fd) & (os.O_NONBLOCK | os.O_CLOEXEC), os.O_NONBLOCK | os.O_CLOEXEC);
      await waitReadable(listener);
      const accepted = fds.own(os.accept(listener)!);
      os.write(accepted, new Uint8Array(3));
      await waitReadable(fd);
      assertEquals(os.read(fd, new Uint8Array(8)), 3);
    });
  }

  it("sets TCP_NODELAY if and only if noDelay is true", async () => {
    using fds = new Fds();
    const listener = fds.own(os.listenTcp("127.0.0.1", 0));
    for (const noDelay of [undefined, false, true]) {
      const fd = fds.own(await connectTcp("127.0.0.1", os.localPort(listener), { noDelay }));
      assertEquals(noDelayOf(fd), noDelay ?? false);
    }
  });

  it("makes 200 connections at once", async () => {
    using fds = new Fds();
    const listener = fds.own(os.listenTcp("127.0.0.1", 0));
    const port = os.localPort(listener);
    const connecting = Array.from({ length: 200 }, () => connectTcp("127.0.0.1", port));
    const ports = (await Promise.all(connecting)).map(fds.own, fds).map(os.localPort);
    assertEquals(new Set(ports).size, 200);
  });

  it("rejects with the socket's error, which names the address, and leaves nothing open", async () => {
    using fds = new Fds();
    const [closed, closedSix] = [closedPort(fds), closedPort(fds, "::1")];
    const before = countFds();
    for (const [host, port] of [["127.0.0.1", closed], ["::1", closedSix]] as const) {
      const error = await rejection(connectTcp(host, port), SystemError);
      const shown = host === "::1" ? `[::1]:${port}` : `127.0.0.1:${port}`;
      assertEquals([error.code, error.syscall, error.fd], ["ECONNREFUSED", "connect", undefined]);
      assert(error.message.startsWith(`connect to ${shown} failed: ECONNREFUSED`), error.message);
    }
    await rejection(connectTcp("fe80::1%nosuch0", 1), SystemError, "ENODEV");
    await rejection(connectTcp("255.255.255.255", 1), SystemError, "255.255.255.255:1");
    using _fault = failingIn(osLibc(), "socket", EMFILE, -1);
    await rejection(connectTcp("127.0.0.1", 1), SystemError, "EMFILE");
    await noMoreFdsThan(before);
  });

  it("rejects with the runtime's error for a name that can't be resolved", async () => {
    // Too long for any name server to be asked.
    await assertRejects(() => connectTcp(`${"x".repeat(300)}.invalid`, 1), Error);
  });

  it("rejects with the signal's reason, before and while it connects", async () => {
    using fds = new Fds();
    const { port } = fullTcpListener(fds);
    const before = countFds();
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    for (const host of ["127.0.0.1", "localhost"]) {
      const error = await rejection(connectTcp(host, port, { signal: aborted }), Error, "enough");
      assertEquals(error, reason);
    }
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = rejection(connectTcp("127.0.0.1", port, { signal }), Error, "enough");
    const resolving = rejection(connectTcp("localhost", port, { signal }), Error, "enough");
    controller.abort(reason);
    assertEquals([await connecting, await resolving], [reason, reason]);
    await noMoreFdsThan(before);
  });

  it("connects once there is room", async () => {
    using fds = new Fds();
    const { fd: listener, port } = fullTcpListener(fds);
    const connecting = connectTcp("127.0.0.1", port);
    // The clients that filled the queue may be accepted first, because they send their SYN again.
    using _accepting = watch(listener, { readable: true }, () => {
      for (const fd of os.acceptAll(listener)) fds.own(fd);
    });
    fds.own(await connecting);
  });

  it("doesn't keep the process alive with ref: false", async () => {
    const { code, output } = await run("connect_unref");
    assertEquals([code, output], [0, "connecting\n"]);
  });
});

describe("connecting to several addresses", () => {
  it("uses the next one if one fails or doesn't answer, and leaves nothing open", async () => {
    using fds = new Fds();
    const full = os.inetAddress("127.0.0.1", fullTcpListener(fds).port);
    const closed = os.inetAddress("127.0.0.1", closedPort(fds));
    const closedSix = os.inetAddress("::1", closedPort(fds, "::1"));
    const open = os.getsockname(fds.own(os.listenTcp("127.0.0.1", 0)));
    const before = countFds();
    for (
      const addresses of [[open, full], [closed, open], [full, open], [
        closed,
        closedSix,
        full,
        open,
      ]]
    ) {
      const fd = await connectToFirst(addresses, {});
      assertEquals(os.getpeername(fd), open);
      os.close(fd);
      await noMoreFdsThan(before);
    }
  });

  it("rejects with the last error if all fail, and with the reason if the signal aborts", async () => {
    using fds = new Fds();
    const full = os.inetAddress("127.0.0.1", fullTcpListener(fds).port);
    const closed = [closedPort(fds), closedPort(fds)].map((port) =>
      os.inetAddress("127.0.0.1", port)
    );
    const before = countFds();
    const { port } = os.parseAddress(closed[1]!);
    await rejection(connectToFirst(closed, {}), SystemError, `127.0.0.1:${port} failed`);
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = rejection(
      connectToFirst([closed[0]!, full, full], { signal }),
      Error,
      "enough",
    );
    controller.abort(new Error("enough"));
    await connecting;
    await noMoreFdsThan(before);
  });
});
