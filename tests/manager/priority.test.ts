import { assertEquals } from "@std/assert";
import { SystemError } from "../../mod.ts";
import { accept, close, listenTcp, openpty } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { ENOSPC } from "../support/errnos.ts";
import { failing } from "../support/faults.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { connectTo, flushInput, sendOutOfBand, setPacketMode } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

describeForDrivers("EpollIOManager.waitPriority()", (it) => {
  it("keeps no event of a wait that can't be armed", async ({ manager, fds }) => {
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const client = fds.own(connectTo(listener));
    await manager.waitReadable(listener);
    const server = accept(listener)!;
    sendOutOfBand(client);
    {
      using _fault = failing("epoll_ctl", ENOSPC);
      await rejection(manager.waitPriority(server), SystemError, "ENOSPC");
    }
    close(server);
    const [reader] = fds.pipe();
    assertEquals(reader, server);
    const wait = manager.waitPriority(reader);
    await assertPending(manager, wait);
    manager.notifyClosing(reader);
    await wait.catch(() => {});
  });

  it("resolves for out-of-band data, and leaves other waits pending", async ({ manager, fds }) => {
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const client = fds.own(connectTo(listener));
    await manager.waitReadable(listener);
    const server = fds.own(accept(listener) ?? -1);
    fill(server);
    const priority = manager.waitPriority(server);
    const reader = manager.waitReadable(server);
    const writer = manager.waitWritable(server);
    await assertPending(manager, priority, reader, writer);
    sendOutOfBand(client);
    await priority;
    await assertPending(manager, reader, writer);
    poke(client);
    await reader;
    drain(server);
    manager.notifyClosing(server);
    await writer.catch(() => {});
  });

  it("resolves when a pseudo-terminal in packet mode changes its state", async ({ manager, fds }) => {
    const { controller, terminal } = openpty();
    fds.own(controller);
    fds.own(terminal);
    setPacketMode(controller);
    const priority = manager.waitPriority(controller);
    await assertPending(manager, priority);
    flushInput(terminal);
    await priority;
  });

  it("stays pending for ordinary data", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const priority = manager.waitPriority(one);
    poke(other);
    await assertPending(manager, priority);
    fds.close(other);
    await priority;
  });
});
