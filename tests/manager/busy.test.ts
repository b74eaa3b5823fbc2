import { assertStringIncludes } from "@std/assert";
import { it } from "@std/testing/bdd";
import { BusyResourceError } from "../../mod.ts";
import { describeForDrivers, openManager } from "../support/drivers.ts";
import { drain, Fds, fill, poke } from "../support/fds.ts";
import { assertPending, rejection } from "../support/waits.ts";

describeForDrivers("a second wait for the same direction", (driver) => {
  it("is busy while another reader waits, which goes on", async () => {
    await using manager = openManager(driver);
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const first = manager.waitReadable(one);
    const error = await rejection(manager.waitReadable({ fd: one }), BusyResourceError);
    assertStringIncludes(error.message, `fd ${one}`);
    await assertPending(manager, first);
    poke(other);
    await first;
  });

  it("is busy while another writer waits, which goes on", async () => {
    await using manager = openManager(driver);
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    fill(one);
    const first = manager.waitWritable(one);
    await rejection(manager.waitWritable(one), BusyResourceError);
    await assertPending(manager, first);
    drain(other);
    await first;
  });

  it("is fine once the first has ended", async () => {
    await using manager = openManager(driver);
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    poke(other);
    await manager.waitReadable(one);
    await manager.waitReadable(one);
  });

  it("is fine by another manager", async () => {
    await using manager = openManager(driver);
    await using another = openManager(driver);
    using fds = new Fds();
    const [one, other] = fds.socketpair();
    const waits = [manager.waitReadable(one), another.waitReadable(one)];
    poke(other);
    await Promise.all(waits);
  });
});
