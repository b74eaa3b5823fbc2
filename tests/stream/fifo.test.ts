/** A FIFO has no end before its first writer. */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { FdStream } from "../../mod.ts";
import { osLibc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EACCES } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { makeFifo } from "../support/libc.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { assertPending } from "../support/waits.ts";

class Fifo extends TemporaryFolder {
  readonly #path = join(this.path, "fifo");

  constructor() {
    super();
    makeFifo(this.#path);
  }

  openReader(): number {
    return os.open(this.#path, os.O_RDONLY);
  }

  openWriter(): number {
    return os.open(this.#path, os.O_WRONLY);
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

/** How a stream uses the FIFO: reopened, or the given open file because it can't be reopened. */
const openers: Record<string, (fd: number) => Disposable> = {
  reopened: () => ({ [Symbol.dispose]() {} }),
  shared: () => failingIn(osLibc(), "open", EACCES, -1, (path) => isLink(path)),
};

function isLink(path: unknown): boolean {
  return path instanceof Uint8Array && new TextDecoder().decode(path).startsWith("/proc/");
}

for (const [how, prevent] of Object.entries(openers)) {
  describeForDrivers(`FdStream of a ${how} FIFO`, (it) => {
    it("read() waits for the first writer", async ({ manager, fds }) => {
      using fifo = new Fifo();
      const fd = fifo.openReader();
      using _refused = prevent(fd);
      using stream = new FdStream(fd, { manager });
      const reading = stream.read(new Uint8Array(8));
      await assertPending(manager, reading);
      const writer = fds.own(fifo.openWriter());
      await assertPending(manager, reading);
      os.write(writer, encode("abc"));
      assertEquals(await reading, 3);
    });

    it("read() resolves to null after the only writer has left", async ({ manager }) => {
      for (const text of ["", "abc"]) {
        using fifo = new Fifo();
        const fd = fifo.openReader();
        using _refused = prevent(fd);
        using stream = new FdStream(fd, { manager });
        const buffer = new Uint8Array(8);
        const reading = stream.read(buffer);
        await assertPending(manager, reading);
        const writer = fifo.openWriter();
        os.write(writer, encode(text));
        os.close(writer);
        if (text !== "") {
          assertEquals(await reading, 3);
          assertEquals(await stream.read(buffer), null);
        } else assertEquals(await reading, null);
        assertEquals(await stream.read(buffer), null, "the end stays");
      }
    });

    it("read() resolves to null if the last writer left before", async ({ manager }) => {
      for (const text of ["", "abc"]) {
        using fifo = new Fifo();
        const fd = fifo.openReader();
        const writer = fifo.openWriter();
        os.write(writer, encode(text));
        os.close(writer);
        using _refused = prevent(fd);
        using stream = new FdStream(fd, { manager });
        const buffer = new Uint8Array(8);
        if (text !== "") assertEquals(await stream.read(buffer), 3);
        assertEquals(await stream.read(buffer), null);
      }
    });

    it("readable waits for the first writer, and ends after the last", async ({ manager, fds }) => {
      using fifo = new Fifo();
      const fd = fifo.openReader();
      using _refused = prevent(fd);
      const stream = new FdStream(fd, { manager });
      const reader = stream.readable.getReader();
      const reading = reader.read();
      await assertPending(manager, reading);
      const first = fifo.openWriter();
      const second = fds.own(fifo.openWriter());
      os.write(first, encode("abc"));
      assertEquals((await reading).value, encode("abc"));
      os.close(first);
      const next = reader.read();
      await assertPending(manager, next);
      fds.close(second);
      assertEquals((await next).done, true);
      assertEquals(stream.fd, -1);
    });
  });
}
