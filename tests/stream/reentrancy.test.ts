/** Options and descriptors whose getters run user code. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ClosedResourceError, FdStream, type WaitOptions } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { drain, Fds, fill } from "../support/fds.ts";
import { isOpen } from "../support/libc.ts";
import { rejection } from "../support/waits.ts";

type Operation = (stream: FdStream, options: WaitOptions) => Promise<unknown>;

const operations: Record<string, Operation> = {
  read: (stream, options) => stream.read(new Uint8Array(8), options),
  write: (stream, options) => stream.write(new Uint8Array(8), options),
  writeAll: (stream, options) => stream.writeAll(new Uint8Array(8), options),
};

describeForDrivers("Options of an FdStream operation", (it) => {
  for (const [name, operate] of Object.entries(operations)) {
    it(`may close the stream, then ${name}() rejects`, async ({ manager, fds }) => {
      const [a, b] = os.socketpair();
      const stream = new FdStream(a, { manager });
      const options = {
        get signal(): undefined {
          stream.close();
          fds.reuse(a, b);
          return undefined;
        },
      };
      await rejection(operate(stream, options), ClosedResourceError);
      assertEquals(drain(b), 0);
      os.close(b);
    });

    it(`are read once by ${name}()`, async ({ manager }) => {
      const [a, b] = os.socketpair();
      using stream = new FdStream(a, { manager });
      fill(a);
      let asked = 0;
      const options = {
        get signal(): undefined {
          asked++;
          return undefined;
        },
      };
      const operation = operate(stream, options);
      drain(b);
      os.write(b, new Uint8Array(8));
      await operation;
      assertEquals(asked, 1);
      os.close(b);
    });
  }
});

describe("Options of FdStream", () => {
  it("are read before the descriptor is changed", () => {
    using fds = new Fds();
    const { controller, terminal } = os.openpty();
    fds.own(controller);
    fds.own(terminal);
    os.setNonblocking(controller, false);
    const options = {
      get manager(): never {
        throw new Error("no manager");
      },
    };
    assertThrows(() => new FdStream(controller, options), Error, "no manager");
    assertEquals(os.setNonblocking(controller, true), false);
  });
});

describeForDrivers("FdStream of an object with fileno()", (it) => {
  it("calls it once, and closes the descriptor", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    let asked = 0;
    const stream = new FdStream({
      fileno: () => {
        asked++;
        return readFd;
      },
    }, { manager });
    assertEquals(stream.fd, readFd);
    os.write(writeFd, new Uint8Array(3));
    assertEquals(await stream.read(new Uint8Array(8)), 3);
    stream.close();
    assertEquals(asked, 1);
    assertEquals(isOpen(readFd), false);
    os.close(writeFd);
  });
});
