/** When a web stream closes its descriptor. */

import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ClosedResourceError, FdStream, SystemError } from "../../mod.ts";
import { libc, osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EIO, ENOTCONN, ENOTSOCK, EOPNOTSUPP } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { type Fds, poke } from "../support/fds.ts";
import { isOpen } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

const buffer = () => new Uint8Array(16);

async function send(stream: FdStream, text: string): Promise<void> {
  await new Response(text).body!.pipeTo(stream.writable);
}

describeForDrivers("An error of a web stream", (it) => {
  it("of readable closes the descriptor", async ({ manager }) => {
    const stream = new FdStream(os.open("/", os.O_RDONLY), { manager });
    const { fd } = stream;
    const error = await rejection(new Response(stream.readable).text(), SystemError);
    assertEquals(error.code, "EISDIR");
    assertEquals([stream.fd, isOpen(fd)], [-1, false]);
  });

  it("of writable closes the descriptor", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    os.close(readFd);
    const stream = new FdStream(writeFd, { manager });
    assertEquals((await rejection(send(stream, "x"), SystemError)).code, "EPIPE");
    assertEquals([stream.fd, isOpen(writeFd)], [-1, false]);
  });

  it("for a bad chunk closes the descriptor", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const stream = new FdStream(writeFd, { manager });
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    await rejection(writer.write("text" as never), TypeError, "TextEncoder");
    assertEquals([stream.fd, isOpen(writeFd)], [-1, false]);
    os.close(readFd);
  });

  it("ends the other direction too", async ({ manager }) => {
    const [a, b] = os.socketpair();
    const stream = new FdStream(a, { manager });
    const reading = rejection(stream.read(buffer()), ClosedResourceError);
    os.shutdown(b, "read");
    assertEquals((await rejection(send(stream, "x"), SystemError)).code, "EPIPE");
    await reading;
    os.close(b);
  });
});

describeForDrivers("The end of FdStream.readable", (it) => {
  const readOnly: Record<string, (fds: Fds) => number> = {
    pipe: (fds) => {
      const [reader, writer] = fds.pipe();
      poke(writer);
      fds.close(writer);
      return os.dup(reader);
    },
    file: () => os.open(fileURLToPath(import.meta.url), os.O_RDONLY),
  };
  for (const [kind, open] of Object.entries(readOnly)) {
    it(`closes a descriptor that was opened for reading only: ${kind}`, async ({ manager, fds }) => {
      for (const mode of [undefined, "byob"] as const) {
        const stream = new FdStream(open(fds), { manager });
        const { fd } = stream;
        if (mode === undefined) await new Response(stream.readable).arrayBuffer();
        else {
          const reader = stream.readable.getReader({ mode });
          while (!(await reader.read(new Uint8Array(1000))).done);
        }
        assertEquals([stream.fd, isOpen(fd)], [-1, false]);
      }
    });
  }

  it("leaves a socket open, which can still be written", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    os.shutdown(b, "write");
    assertEquals(await new Response(stream.readable).text(), "");
    await stream.writeAll(new Uint8Array(3));
    assertEquals(os.read(b, buffer()), 3);
  });

  it("leaves a read-only descriptor open after read() alone", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    using stream = new FdStream(os.dup(reader), { manager });
    fds.close(writer);
    assertEquals([await stream.read(buffer()), await stream.read(buffer())], [null, null]);
    assert(isOpen(stream.fd));
  });
});

describeForDrivers("Closing FdStream.writable", (it) => {
  it("leaves a socket open until its end has been read", async ({ manager }) => {
    for (const when of ["before", "after"]) {
      const [a, b] = os.socketpair();
      const stream = new FdStream(a, { manager });
      using peer = new FdStream(b, { manager });
      let reply = when === "before" ? stream.read(buffer()) : undefined;
      await send(stream, "request");
      assertEquals(await peer.read(buffer()), 7);
      assertEquals(await peer.read(buffer()), null);
      await peer.writeAll(new TextEncoder().encode("reply"));
      reply ??= stream.read(buffer());
      assertEquals(await reply, 5);
      peer.close();
      assertEquals(await stream.read(buffer()), null);
      assertEquals([stream.fd, isOpen(a)], [-1, false], "both directions have ended");
    }
  });

  it("closes a stream that has been read to its end", async ({ manager }) => {
    const [a, b] = os.socketpair();
    const stream = new FdStream(a, { manager });
    os.shutdown(b, "write");
    assertEquals(await stream.read(buffer()), null);
    assertEquals(stream.fd, a);
    await send(stream, "reply");
    assertEquals([stream.fd, isOpen(a)], [-1, false]);
    os.close(b);
  });

  it("closes a pipe, and any device that isn't being read", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const { controller, terminal } = os.openpty();
    for (const fd of [writeFd, terminal, os.open("/dev/null", os.O_RDWR)]) {
      const stream = new FdStream(fd, { manager });
      await send(stream, "text");
      assertEquals([stream.fd, isOpen(fd)], [-1, false]);
    }
    os.close(readFd);
    os.close(controller);
  });

  it("closes a write-only descriptor although readable was accessed", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const stream = new FdStream(writeFd, { manager });
    const { readable, writable } = stream;
    assert(readable instanceof ReadableStream);
    await writable.close();
    assertEquals([stream.fd, os.read(readFd, new Uint8Array(8))], [-1, 0]);
    os.close(readFd);
  });

  it("closes a socket whose shutdown(2) isn't supported", async ({ manager }) => {
    for (const reason of [ENOTSOCK, EOPNOTSUPP, ENOTCONN]) {
      const [a, b] = os.socketpair();
      const stream = new FdStream(a, { manager });
      using _refused = failingIn(osLibc(), "shutdown", reason, -1);
      await stream.writable.close();
      assertEquals([stream.fd, isOpen(a)], [-1, false]);
      os.close(b);
    }
  });

  it("closes the descriptor if shutdown(2) fails", async ({ manager }) => {
    const [a, b] = os.socketpair();
    const stream = new FdStream(a, { manager });
    using _refused = failingIn(osLibc(), "shutdown", EIO, -1);
    assertEquals((await rejection(stream.writable.close(), SystemError)).code, "EIO");
    assertEquals([stream.fd, isOpen(a)], [-1, false]);
    os.close(b);
  });

  it("rejects with EBADF after an unannounced close", async ({ manager }) => {
    const [a, b] = os.socketpair();
    const stream = new FdStream(a, { manager });
    libc().close(a);
    assertEquals((await rejection(stream.writable.close(), SystemError)).code, "EBADF");
    assertEquals(stream.fd, -1);
    os.close(b);
  });

  it("leaves a device open that is being read", async ({ manager }) => {
    const { controller, terminal } = os.openpty();
    // A raw terminal has no echo.
    os.tcsetattr(terminal, os.makeRaw(os.tcgetattr(terminal)));
    using stream = new FdStream(controller, { manager });
    const reading = stream.read(buffer());
    await send(stream, "typed");
    await assertPending(manager, reading);
    os.write(terminal, new TextEncoder().encode("shown"));
    await reading;
    assertEquals(stream.fd, controller);
    os.close(terminal);
  });

  it("resolves if the stream is closed already", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    const stream = new FdStream(writeFd, { manager });
    const { writable } = stream;
    stream.close();
    await writable.close();
    os.close(readFd);
  });
});
