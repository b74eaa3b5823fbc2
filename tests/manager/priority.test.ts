import { assert, assertEquals } from "@std/assert";
import { type EpollIOManager, SystemError } from "../../mod.ts";
import { accept, close, listenTcp, openpty, poll, POLLOUT, POLLPRI } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { ENOSPC } from "../support/errnos.ts";
import { failing } from "../support/faults.ts";
import { until } from "../support/event_loop.ts";
import { drain, type Fds, fill, poke } from "../support/fds.ts";
import { connectTo, flushInput, sendOutOfBand, setPacketMode } from "../support/libc.ts";
import { assertPending, processed, rejection } from "../support/waits.ts";

/** A TCP connection. The server's end isn't closed after the test. */
async function connect(manager: EpollIOManager, fds: Fds): Promise<[number, number]> {
  const listener = fds.own(listenTcp("127.0.0.1", 0));
  const client = fds.own(connectTo(listener));
  await manager.waitReadable(listener);
  return [accept(listener)!, client];
}

/** A connection that has urgent data. */
async function connectUrgent(manager: EpollIOManager, fds: Fds): Promise<[number, number]> {
  const [server, client] = await connect(manager, fds);
  sendOutOfBand(client);
  await until(() => isUrgent(server), () => new Error("The urgent data doesn't come"));
  return [server, client];
}

function isUrgent(fd: number): boolean {
  return poll([{ fd, events: POLLPRI }])[0] !== 0;
}

/** Reads past the urgent data of `server`. */
async function readUrgent(server: number, client: number): Promise<void> {
  poke(client);
  await until(() => {
    drain(server);
    return !isUrgent(server);
  }, () => new Error("The data stays urgent"));
}

describeForDrivers("EpollIOManager.waitPriority()", (it) => {
  it("stays pending for an event that has passed after an aborted wait", async ({ manager, fds }) => {
    const [server, client] = await connectUrgent(manager, fds);
    fds.own(server);
    const watch = manager.watch(server, { hangup: true }, () => {});
    const controller = new AbortController();
    const aborted = manager.waitPriority(server, { signal: controller.signal }).catch(() => {});
    controller.abort();
    await aborted;
    await readUrgent(server, client);
    await processed(manager);
    const priority = manager.waitPriority(server);
    await assertPending(manager, priority);
    watch.close();
    manager.notifyClosing(server);
    await priority.catch(() => {});
  });

  it("calls no watch for an event that has passed while its interest was another", async ({ manager, fds }) => {
    const [server, client] = await connectUrgent(manager, fds);
    fds.own(server);
    let calls = 0;
    const watch = manager.watch(server, { priority: true }, () => calls++);
    await until(() => calls > 0, () => new Error("The listener isn't called"));
    watch.interest({ hangup: true });
    await readUrgent(server, client);
    await processed(manager);
    calls = 0;
    watch.interest({ priority: true });
    await processed(manager);
    assertEquals(calls, 0);
    watch.close();
  });

  it("keeps no event of a wait that can't be armed", async ({ manager, fds }) => {
    const [server] = await connectUrgent(manager, fds);
    {
      using _fault = failing("epoll_ctl", ENOSPC);
      await rejection(manager.waitPriority(server), SystemError, "ENOSPC");
    }
    const [reader] = fds.pipe();
    close(server);
    fds.reuse(server, reader);
    const wait = manager.waitPriority(server);
    await assertPending(manager, wait);
    manager.notifyClosing(server);
    await wait.catch(() => {});
  });

  it("resolves for out-of-band data, and leaves other waits pending", async ({ manager, fds }) => {
    const [server, client] = await connect(manager, fds);
    fds.own(server);
    fill(server);
    // The kernel may free the buffer at any time.
    const hasSpace = () => poll([{ fd: server, events: POLLOUT }])[0] !== 0;
    let isWrong = false;
    const writer = manager.waitWritable(server).then(() => isWrong = !hasSpace(), () => {});
    const priority = manager.waitPriority(server);
    const reader = manager.waitReadable(server);
    const hangup = manager.waitHangup(server);
    await assertPending(manager, priority, reader, hangup);
    sendOutOfBand(client);
    await priority;
    await assertPending(manager, reader, hangup);
    assert(!isWrong, "the wait for space has resolved without space");
    poke(client);
    await reader;
    drain(server);
    manager.notifyClosing(server);
    await Promise.all([hangup.catch(() => {}), writer]);
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
