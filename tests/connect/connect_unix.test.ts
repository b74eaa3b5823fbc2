/** Connecting to Unix sockets. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { connectUnix, SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { assertPending } from "../support/waits.ts";
import { defaultManager } from "../../mod.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { fullUnixListener } from "../support/full_listener.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { rejection } from "../support/waits.ts";

describe("connectUnix()", () => {
  it("resolves to a connected descriptor, of a path and of an abstract name", async () => {
    using folder = new TemporaryFolder();
    for (const path of [join(folder.path, "socket ä"), `\0${crypto.randomUUID()}`]) {
      using fds = new Fds();
      const listener = fds.own(os.listenUnix(path));
      const fd = fds.own(await connectUnix(path));
      assertEquals(flagsOf(fd) & (os.O_NONBLOCK | os.O_CLOEXEC), os.O_NONBLOCK | os.O_CLOEXEC);
      const accepted = fds.own(os.accept(listener)!);
      os.write(accepted, new Uint8Array(3));
      await waitReadable(fd);
      assertEquals(os.read(fd, new Uint8Array(8)), 3);
    }
  });

  it("rejects with the socket's error, which names the path, and leaves nothing open", async () => {
    using folder = new TemporaryFolder();
    const before = countFds();
    const missing = join(folder.path, "missing");
    const error = await rejection(connectUnix(missing), SystemError, `connect to "${missing}"`);
    assertEquals([error.code, error.path, error.fd], ["ENOENT", missing, undefined]);
    const left = join(folder.path, "left");
    os.close(os.listenUnix(left));
    await rejection(connectUnix(left), SystemError, "ECONNREFUSED");
    await rejection(connectUnix("x".repeat(108)), RangeError, "107 bytes");
    await noMoreFdsThan(before);
  });

  it("waits until there is room for another connection", async () => {
    using fds = new Fds();
    const { fd: listener, name } = fullUnixListener(fds);
    const connecting = connectUnix(name);
    await assertPending(defaultManager(), connecting);
    fds.own(os.accept(listener)!);
    fds.own(await connecting);
    fds.own(os.accept(listener)!);
  });

  it("rejects with the signal's reason while it waits, and leaves nothing open", async () => {
    using fds = new Fds();
    const { name } = fullUnixListener(fds);
    const before = countFds();
    const controller = new AbortController();
    const connecting = rejection(connectUnix(name, { signal: controller.signal }), Error, "enough");
    controller.abort(new Error("enough"));
    await connecting;
    await rejection(connectUnix(name, { signal: controller.signal }), Error, "enough");
    await noMoreFdsThan(before);
  });

  it("rejects with the reason of a signal that aborts between two attempts", async () => {
    using fds = new Fds();
    const { name } = fullUnixListener(fds);
    const controller = new AbortController();
    const { signal } = controller;
    signal.removeEventListener = (type: string, listener: EventListener) => {
      AbortSignal.prototype.removeEventListener.call(signal, type, listener);
      controller.abort(new Error("enough"));
    };
    await rejection(connectUnix(name, { signal }), Error, "enough");
  });
});
