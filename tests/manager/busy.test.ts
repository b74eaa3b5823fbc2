import { assertStringIncludes } from "@std/assert";
import { BusyResourceError } from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { openManager } from "../support/managers.ts";
import { assertPending, rejection } from "../support/waits.ts";

describeForDrivers("a second wait for the same descriptor and direction", (it, driver) => {
  it("waitReadable() rejects with BusyResourceError, and the first wait stays", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const first = manager.waitReadable(one);
    const error = await rejection(manager.waitReadable({ fd: one }), BusyResourceError);
    assertStringIncludes(error.message, `fd ${one}`);
    await assertPending(manager, first);
    poke(other);
    await first;
  });

  it("waitWritable() rejects with BusyResourceError, and the first wait stays", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const first = manager.waitWritable(one);
    await rejection(manager.waitWritable(one), BusyResourceError);
    await assertPending(manager, first);
    drain(other);
    await first;
  });

  it("waitReadable() resolves after the first wait has ended", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    poke(other);
    await manager.waitReadable(one);
    await manager.waitReadable(one);
  });

  it("waitReadable() of another manager resolves", async ({ manager, fds }) => {
    await using another = openManager(driver);
    const [one, other] = fds.socketpair();
    const waits = [manager.waitReadable(one), another.waitReadable(one)];
    poke(other);
    await Promise.all(waits);
  });
});
