import { assertEquals } from "@std/assert";
import { read, shutdown } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill } from "../support/fds.ts";
import { assertPending } from "../support/waits.ts";

describeForDrivers("HUP and ERR", (it) => {
  it("wake reader, writer and priority waiter of a socket whose peer is gone", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const waits = [manager.waitReadable(one), manager.waitWritable(one), manager.waitPriority(one)];
    await assertPending(manager, ...waits);
    fds.close(other);
    await Promise.all(waits);
    assertEquals(manager.statistics().events, 2, "one event for all three, one for assertPending");
  });

  it("wake the reader of a pipe that nobody can write to any more", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const wait = manager.waitReadable(from);
    await assertPending(manager, wait);
    fds.close(to);
    await wait;
    assertEquals(read(from, new Uint8Array(1)), 0);
  });

  it("wake the writer of a pipe that nobody can read any more", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    fill(to);
    const wait = manager.waitWritable(to);
    await assertPending(manager, wait);
    fds.close(from);
    await wait;
  });

  it("wake even a reader of what can only be written", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const wait = manager.waitReadable(to);
    await assertPending(manager, wait);
    fds.close(from);
    await wait;
  });

  it("are not needed for the end of a stream", async ({ manager, fds }) => {
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
