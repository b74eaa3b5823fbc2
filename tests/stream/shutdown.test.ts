/** Ending the sending direction without web streams. */

import { assertEquals } from "@std/assert";
import { ClosedResourceError, FdStream, SystemError } from "../../mod.ts";
import { libc, osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EIO } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { drain, poke } from "../support/fds.ts";
import { isOpen, makeRaw } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

const buffer = () => new Uint8Array(16);
const encode = (text: string) => new TextEncoder().encode(text);

describeForDrivers("shutdown() of an FdStream", (it) => {
  it("ends one direction of a socket and leaves the other", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    const stream = new FdStream(os.dup(a), { manager });
    const reading = stream.read(buffer());
    await stream.writeAll(encode("request"));
    await stream.shutdown();
    assertEquals([drain(b), os.read(b, buffer())], [7, 0]);
    os.write(b, encode("reply"));
    assertEquals(await reading, 5);
    os.shutdown(b, "write");
    assertEquals([await stream.read(buffer()), stream.fd], [null, -1]);
  });

  it("takes effect before it returns if nothing is pending", ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    stream.shutdown();
    assertEquals(os.read(b, buffer()), 0);
  });

  it("ends a pipe by closing it", async ({ manager, fds }) => {
    const [reader, writer] = os.pipe();
    const stream = new FdStream(writer, { manager });
    await stream.writeAll(encode("all"));
    await stream.shutdown();
    assertEquals([stream.fd, isOpen(writer)], [-1, false]);
    assertEquals([os.read(fds.own(reader), buffer()), os.read(reader, buffer())], [3, 0]);
  });

  it("closes a terminal, unless it is being read", async ({ manager, fds }) => {
    for (const isRead of [false, true]) {
      const { controller, terminal } = os.openpty();
      makeRaw(terminal);
      const stream = new FdStream(terminal, { manager });
      const reading = isRead ? stream.read(buffer()) : undefined;
      await stream.shutdown();
      assertEquals(stream.fd, isRead ? terminal : -1);
      if (reading !== undefined) {
        poke(fds.own(controller));
        assertEquals(await reading, 1);
        stream.close();
      }
    }
  });

  it("comes after the pending write", async ({ manager, fds }) => {
    const size = 1_000_000;
    const [a, b] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    const writing = stream.writeAll(new Uint8Array(size));
    const ending = stream.shutdown();
    await assertPending(manager, writing, ending);
    let received = 0;
    while (received < size) {
      await manager.waitReadable(b);
      received += drain(b);
    }
    await Promise.all([writing, ending]);
    assertEquals([received, os.read(b, buffer())], [size, 0]);
  });

  it("comes after the pending write of writable, aborted or not", async ({ manager, fds }) => {
    for (const isAborted of [false, true]) {
      const [a, b] = fds.socketpair();
      using stream = new FdStream(os.dup(a), { manager });
      const controller = new AbortController();
      const size = 1_000_000;
      const writing = isAborted
        ? stream.writeAll(new Uint8Array(size), controller).catch((reason) => reason)
        : stream.writable.getWriter().write(new Uint8Array(size));
      await assertPending(manager, writing);
      const ending = stream.shutdown();
      await assertPending(manager, writing, ending);
      controller.abort("stop");
      let received = 0;
      for (;;) {
        await manager.waitReadable(b);
        const count = os.read(b, new Uint8Array(65536));
        if (count === 0) break;
        received += count ?? 0;
      }
      assertEquals(
        [await writing, received < size],
        isAborted ? ["stop", true] : [undefined, false],
      );
      await ending;
    }
  });

  it("makes later writes reject with ClosedResourceError", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    await stream.shutdown();
    await rejection(stream.write(buffer()), ClosedResourceError, "shut down");
    await rejection(stream.writeAll(buffer()), ClosedResourceError, "shut down");
  });

  it("makes a later chunk of writable reject, and leaves the reply", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await stream.shutdown();
    await rejection(writer.write(buffer()), ClosedResourceError, "shut down");
    os.write(b, encode("reply"));
    assertEquals(await stream.read(buffer()), 5);
  });

  it("does nothing the second time, also beside writable", async ({ manager, fds }) => {
    for (const first of ["shutdown", "writable"]) {
      const [a, b] = fds.socketpair();
      using stream = new FdStream(os.dup(a), { manager });
      await (first === "shutdown" ? stream.shutdown() : stream.writable.close());
      await stream.shutdown();
      if (first === "shutdown") await stream.writable.close();
      os.write(b, encode("reply"));
      assertEquals(await stream.read(buffer()), 5);
    }
    const [, writer] = os.pipe();
    const stream = new FdStream(writer, { manager });
    await stream.shutdown();
    await stream.shutdown();
  });

  it("rejects with ClosedResourceError if the stream is closed", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    const stream = new FdStream(os.dup(a), { manager });
    const writing = rejection(stream.writeAll(new Uint8Array(1_000_000)), ClosedResourceError);
    const ending = rejection(stream.shutdown(), ClosedResourceError);
    await assertPending(manager, writing, ending);
    stream.close();
    await Promise.all([writing, ending]);
    await rejection(stream.shutdown(), ClosedResourceError);
  });

  it("rejects with the system call's error, and leaves the stream open", async ({ manager, fds }) => {
    const [a] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    {
      using _refused = failingIn(osLibc(), "shutdown", EIO, -1);
      assertEquals((await rejection(stream.shutdown(), SystemError)).code, "EIO");
    }
    assertEquals(await stream.write(new Uint8Array(1)), 1);
    await stream.shutdown();
  });

  it("rejects with EBADF if other code has closed the descriptor", async ({ manager }) => {
    const [a, b] = os.socketpair();
    const stream = new FdStream(a, { manager });
    libc().close(a);
    assertEquals((await rejection(stream.shutdown(), SystemError)).code, "EBADF");
    await rejection(Promise.try(() => stream.close()), SystemError);
    os.close(b);
  });

  it("closes what has been read to its end", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    const stream = new FdStream(os.dup(a), { manager });
    os.shutdown(b, "write");
    assertEquals([await stream.read(buffer()), stream.fd === -1], [null, false]);
    await stream.shutdown();
    assertEquals([stream.fd, os.read(b, buffer())], [-1, 0]);
  });
});
