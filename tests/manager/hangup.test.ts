import { assertEquals } from "@std/assert";
import type { Readiness } from "../../mod.ts";
import {
  AF_INET,
  bind,
  connect,
  getsockname,
  inetAddress,
  read,
  shutdown,
  SOCK_DGRAM,
  socket,
} from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { type Fds, fill, poke } from "../support/fds.ts";
import { assertPending } from "../support/waits.ts";

describeForDrivers("EPOLLHUP and EPOLLERR", (it) => {
  it("resolve all waits for a socket whose peer is gone", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const waits = [manager.waitReadable(one), manager.waitWritable(one), manager.waitPriority(one)];
    await assertPending(manager, ...waits);
    fds.close(other);
    await Promise.all(waits);
    assertEquals(manager.statistics().events, 2, "one event for all three, one for assertPending");
  });

  it("resolve waitReadable() for a pipe without writers", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const wait = manager.waitReadable(from);
    await assertPending(manager, wait);
    fds.close(to);
    await wait;
    assertEquals(read(from, new Uint8Array(1)), 0);
  });

  it("resolve waitWritable() for a pipe without readers", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    fill(to);
    const wait = manager.waitWritable(to);
    await assertPending(manager, wait);
    fds.close(from);
    await wait;
  });

  it("resolve waitReadable() even for a write-only descriptor", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const wait = manager.waitReadable(to);
    await assertPending(manager, wait);
    fds.close(from);
    await wait;
  });

  it("aren't required for the end of a stream", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const reader = manager.waitReadable(one);
    const writer = manager.waitWritable(one);
    shutdown(other, "write");
    await reader;
    assertEquals(read(one, new Uint8Array(1)), 0);
    await assertPending(manager, writer);
    fds.close(other);
    await writer;
  });
});

/** A UDP socket, connected to one that refuses its datagrams. Sending makes an ICMP error. */
function refusedSocket(fds: Fds): number {
  const [fd, other] = [fds.own(socket(AF_INET, SOCK_DGRAM)), fds.own(socket(AF_INET, SOCK_DGRAM))];
  for (const one of [fd, other]) bind(one, inetAddress("127.0.0.1", 0));
  const address = getsockname(other);
  // From now on, it accepts only its own datagrams.
  connect(other, address);
  connect(fd, address);
  return fd;
}

const noReadiness = {
  readable: false,
  writable: false,
  priority: false,
  hangup: false,
  error: false,
};

describeForDrivers("Readiness", (it) => {
  it("reports an ICMP error as an error, and not as a hang-up", async ({ manager, fds }) => {
    const fd = refusedSocket(fds);
    const wait = manager.waitReady(fd, { readable: true, priority: true, hangup: true });
    poke(fd);
    const expected = { ...noReadiness, readable: true, priority: true, error: true };
    assertEquals(await wait, expected);
  });

  it("reports an error even if only a hang-up was requested", async ({ manager, fds }) => {
    const fd = refusedSocket(fds);
    const wait = manager.waitReady(fd, { hangup: true });
    poke(fd);
    assertEquals(await wait, { ...noReadiness, error: true });
  });

  it("reports a closed peer as a hang-up, and not as an error", async ({ manager, fds }) => {
    const [near, far] = fds.socketpair();
    fds.close(far);
    const all = { readable: true, writable: true, priority: true, hangup: true };
    assertEquals(await manager.waitReady(near, all), { ...all, error: false });
    const ready = await manager.waitReady(near, { readable: true });
    assertEquals(ready, { ...noReadiness, readable: true });
  });

  it("reports the end of a stream as a hang-up if that was requested", async ({ manager, fds }) => {
    const [near, far] = fds.socketpair();
    shutdown(far, "write");
    const ready = await manager.waitReady(near, { hangup: true, priority: true });
    assertEquals(ready, { ...noReadiness, hangup: true });
  });

  it("reports neither for plain data", async ({ manager, fds }) => {
    const [near, far] = fds.socketpair();
    poke(far);
    const ready = await manager.waitReady(near, { readable: true, hangup: true });
    assertEquals(ready, { ...noReadiness, readable: true });
  });

  it("reports an error to the listener of a watch", async ({ manager, fds }) => {
    const fd = refusedSocket(fds);
    const called = Promise.withResolvers<Readiness>();
    using watch = manager.watch(fd, { readable: true, hangup: true }, (ready) => {
      watch.close();
      called.resolve(ready);
    });
    poke(fd);
    assertEquals(await called.promise, { ...noReadiness, readable: true, error: true });
  });
});

describeForDrivers("waitHangup()", (it) => {
  it("resolves for an error too", async ({ manager, fds }) => {
    const fd = refusedSocket(fds);
    const wait = manager.waitHangup(fd);
    poke(fd);
    await wait;
  });
});
