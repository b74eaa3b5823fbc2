/** When the descriptor of a web stream is closed: those who hold only that can't do it otherwise. */

import { assert, assertEquals } from "@std/assert";
import { BusyResourceError, ClosedResourceError, FdStream, SystemError } from "../../mod.ts";
import { libc, osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EIO, ENOTCONN, ENOTSOCK, EOPNOTSUPP } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { poke } from "../support/fds.ts";
import { isOpen } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

const buffer = () => new Uint8Array(16);

async function send(stream: FdStream, text: string): Promise<void> {
  await new Response(text).body!.pipeTo(stream.writable);
}

describeForDrivers("an error of a web stream", (it) => {
  it("closes the descriptor: readable", async ({ manager }) => {
    const stream = new FdStream(os.open("/", os.O_RDONLY), { manager });
    const { fd } = stream;
    const error = await rejection(new Response(stream.readable).text(), SystemError);
    assertEquals(error.code, "EISDIR");
    assertEquals([stream.fd, isOpen(fd)], [-1, false]);
  });

  it("closes the descriptor: writable", async ({ manager }) => {
    const [from, to] = os.pipe();
    os.close(from);
    const stream = new FdStream(to, { manager });
    assertEquals((await rejection(send(stream, "x"), SystemError)).code, "EPIPE");
    assertEquals([stream.fd, isOpen(to)], [-1, false]);
  });

  it("closes the descriptor: a chunk that is none", async ({ manager }) => {
    const [from, to] = os.pipe();
    const stream = new FdStream(to, { manager });
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await rejection(writer.write("text" as never), TypeError, "TextEncoder");
    assertEquals([stream.fd, isOpen(to)], [-1, false]);
    os.close(from);
  });

  it("ends the other direction too, with what has not been read", async ({ manager }) => {
    const [one, other] = os.socketpair();
    const stream = new FdStream(one, { manager });
    const reading = rejection(stream.read(buffer()), ClosedResourceError);
    os.shutdown(other, "read");
    assertEquals((await rejection(send(stream, "x"), SystemError)).code, "EPIPE");
    await reading;
    os.close(other);
  });

  it("leaves the descriptor to those who read by other means, if that is the error", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(from, { manager });
    const reading = stream.read(buffer());
    await rejection(stream.readable.getReader().read(), BusyResourceError);
    poke(to);
    assertEquals(await reading, 1);
    os.close(to);
  });
});

describeForDrivers("closing a writable", (it) => {
  it("leaves a socket to be read until its end", async ({ manager }) => {
    for (const when of ["before", "after"]) {
      const [one, other] = os.socketpair();
      const stream = new FdStream(one, { manager });
      using peer = new FdStream(other, { manager });
      let reply = when === "before" ? stream.read(buffer()) : undefined;
      await send(stream, "request");
      assertEquals(await peer.read(buffer()), 7);
      assertEquals(await peer.read(buffer()), null);
      await peer.writeAll(new TextEncoder().encode("reply"));
      reply ??= stream.read(buffer());
      assertEquals(await reply, 5);
      peer.close();
      assertEquals(await stream.read(buffer()), null);
      assertEquals([stream.fd, isOpen(one)], [-1, false], "both directions have ended");
    }
  });

  it("closes what has been read to its end", async ({ manager }) => {
    const [one, other] = os.socketpair();
    const stream = new FdStream(one, { manager });
    os.shutdown(other, "write");
    assertEquals(await stream.read(buffer()), null);
    assertEquals(stream.fd, one);
    await send(stream, "reply");
    assertEquals([stream.fd, isOpen(one)], [-1, false]);
    os.close(other);
  });

  it("closes a pipe, and what else nobody reads", async ({ manager }) => {
    const [from, to] = os.pipe();
    const { controller, terminal } = os.openpty();
    for (const fd of [to, terminal, os.open("/dev/null", os.O_RDWR)]) {
      const stream = new FdStream(fd, { manager });
      await send(stream, "text");
      assertEquals([stream.fd, isOpen(fd)], [-1, false]);
    }
    os.close(from);
    os.close(controller);
  });

  it("closes what can't be read, though its readable was looked at", async ({ manager }) => {
    const [from, to] = os.pipe();
    const stream = new FdStream(to, { manager });
    const { readable, writable } = stream;
    assert(readable instanceof ReadableStream);
    await writable.close();
    assertEquals([stream.fd, os.read(from, new Uint8Array(8))], [-1, 0]);
    os.close(from);
  });

  it("closes a socket whose sending can't end by itself", async ({ manager }) => {
    for (const reason of [ENOTSOCK, EOPNOTSUPP, ENOTCONN]) {
      const [one, other] = os.socketpair();
      const stream = new FdStream(one, { manager });
      using _refused = failingIn(osLibc(), "shutdown", reason, -1);
      await stream.writable.close();
      assertEquals([stream.fd, isOpen(one)], [-1, false]);
      os.close(other);
    }
  });

  it("closes the descriptor too if that is an error", async ({ manager }) => {
    const [one, other] = os.socketpair();
    const stream = new FdStream(one, { manager });
    using _refused = failingIn(osLibc(), "shutdown", EIO, -1);
    assertEquals((await rejection(stream.writable.close(), SystemError)).code, "EIO");
    assertEquals([stream.fd, isOpen(one)], [-1, false]);
    os.close(other);
  });

  it("gives up a number that was closed behind its back", async ({ manager }) => {
    const [one, other] = os.socketpair();
    const stream = new FdStream(one, { manager });
    libc().close(one);
    assertEquals((await rejection(stream.writable.close(), SystemError)).code, "EBADF");
    assertEquals(stream.fd, -1);
    os.close(other);
  });

  it("leaves what isn't a socket to its reader", async ({ manager }) => {
    const { controller, terminal } = os.openpty();
    using stream = new FdStream(controller, { manager });
    const reading = stream.read(buffer());
    await send(stream, "typed");
    await assertPending(manager, reading.then((count) => count === 5 ? new Promise(() => {}) : 0));
    os.write(terminal, new TextEncoder().encode("shown"));
    await reading;
    assertEquals(stream.fd, controller);
    os.close(terminal);
  });

  it("does nothing to a stream that is closed", async ({ manager }) => {
    const [from, to] = os.pipe();
    const stream = new FdStream(to, { manager });
    const { writable } = stream;
    stream.close();
    await writable.close();
    os.close(from);
  });
});
