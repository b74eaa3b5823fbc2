import { assertEquals, assertStrictEquals } from "@std/assert";
import { dup, read } from "../../src/os/mod.ts";
import { hasAio } from "../support/aio.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { asleep, assertPending } from "../support/waits.ts";

describeForDrivers("waitReadable() and waitWritable()", (it) => {
  it("resolve at once for a socket with room to write", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    assertStrictEquals(await manager.waitWritable(one), undefined);
  });

  it("resolve when data arrives, and not before", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const wait = manager.waitReadable(one);
    await assertPending(manager, wait);
    poke(other);
    await wait;
    assertEquals(read(one, new Uint8Array(10)), 1);
  });

  it("resolve when there is room again, and not before", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const wait = manager.waitWritable(one);
    await assertPending(manager, wait);
    drain(other);
    await wait;
  });

  it("resolve if the descriptor was ready before the wait", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    poke(other);
    await manager.waitReadable(one);
    await manager.waitReadable(one);
  });

  it("accept a number, an object with fd, and one with fileno()", async ({ manager, fds }) => {
    const [fd] = fds.socketpair();
    await manager.waitWritable(fd);
    await manager.waitWritable({ fd });
    await manager.waitWritable({ fileno: () => fd });
  });

  it("resolve independently for one socket", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const reader = manager.waitReadable(one);
    const writer = manager.waitWritable(one);
    await assertPending(manager, reader, writer);
    poke(other);
    await reader;
    await assertPending(manager, writer);
    drain(other);
    await writer;
  });

  it("resolve for many descriptors at once", async ({ manager, fds }) => {
    const pairs = Array.from({ length: 200 }, () => fds.pipe());
    const order: number[] = [];
    const waits = pairs.map(([from], index) =>
      manager.waitReadable(from).then(() => order.push(index))
    );
    for (const [, to] of pairs) poke(to);
    await Promise.all(waits);
    assertEquals(order.toSorted((a, b) => a - b), pairs.map((_, index) => index));
  });
});

// libuv's own epoll instance can't contain one that has so many paths to a file. AIO needs none.
const whereManyWork = drivers.filter((driver) => driver !== "uv" || hasAio());

describeForDrivers("waitReadable()", (it) => {
  it(
    "resolves for many descriptors of one open file",
    { busyPoll: 0 },
    async ({ manager, fds }) => {
      const [from, to] = fds.pipe();
      const waits = Array.from({ length: 1200 }, () => manager.waitReadable(fds.own(dup(from))));
      await asleep(manager);
      poke(to);
      await Promise.all(waits);
      await manager.waitReadable(fds.own(dup(from)));
    },
  );
}, whereManyWork);
