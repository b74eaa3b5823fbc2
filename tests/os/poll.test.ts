/** The state of descriptors now. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { pollSymbols } from "../../src/ffi/symbols.ts";
import * as os from "../../src/os/mod.ts";
import { EINTR } from "../support/errnos.ts";
import { failingIn } from "../support/faults.ts";
import { Fds, fill } from "../support/fds.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";

const { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP } = os;

describe("poll()", () => {
  it("returns the requested events that are true", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const both = POLLIN | POLLOUT;
    const state = () => os.poll([{ fd: reader, events: both }, { fd: writer, events: both }]);
    assertEquals(state(), [0, POLLOUT]);
    fill(writer);
    assertEquals(state(), [POLLIN, 0]);
    assertEquals(os.poll([{ fd: reader, events: POLLOUT }]), [0]);
  });

  it("returns errors, hang-ups and numbers that aren't open unasked", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const [otherReader, otherWriter] = fds.pipe();
    fds.close(writer);
    fds.close(otherReader);
    const requests = [reader, otherWriter, 9999].map((fd) => ({ fd, events: 0 }));
    assertEquals(os.poll(requests), [POLLHUP, POLLERR, POLLNVAL]);
  });

  it("distinguishes a half-closed connection from a closed one", () => {
    using fds = new Fds();
    const [a, b] = fds.socketpair();
    os.shutdown(a, "write");
    assertEquals(os.poll([{ fd: b, events: POLLRDHUP | POLLPRI }]), [POLLRDHUP]);
    fds.close(a);
    assertEquals(os.poll([{ fd: b, events: POLLRDHUP }]), [POLLRDHUP | POLLHUP]);
  });

  it("accepts descriptors as objects, the same one twice, and none", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    os.write(writer, new Uint8Array(1));
    const objects = [{ fd: { fd: reader }, events: POLLIN }, {
      fd: { fileno: () => reader },
      events: POLLIN,
    }];
    assertEquals(os.poll([...objects, ...objects]), [POLLIN, POLLIN, POLLIN, POLLIN]);
    assertEquals(os.poll([]), []);
  });

  it("is called again after a signal", () => {
    using fds = new Fds();
    const [, writer] = fds.pipe();
    let calls = 0;
    using fault = failingIn(bindSymbols(pollSymbols), "poll", EINTR, -1, () => ++calls <= 3);
    assertEquals(os.poll([{ fd: writer, events: POLLOUT }]), [POLLOUT]);
    assertEquals([calls, fault.count], [4, 3]);
  });

  it("checks all entries before the call", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const good = { fd: reader, events: POLLIN };
    for (const events of [-1, 65536]) {
      assertThrows(() => os.poll([good, { fd: reader, events }]), RangeError, String(events));
    }
    assertThrows(() => os.poll([good, { fd: -1, events: POLLIN }]), TypeError, "-1");
    assertThrows(() => os.poll([good, undefined as never]), TypeError, "undefined");
  });
});

describeUnless(cannotRunPython(), "poll(), compared with Python's,", () => {
  it("returns the same of the same descriptor", async () => {
    using fds = new Fds();
    const everything = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;
    const [a, b] = fds.socketpair();
    os.write(b, new Uint8Array(1));
    const controller = fds.own(os.openpty().controller);
    for (const fd of [a, b, controller, ...fds.pipe(), fds.own(os.memfdCreate("poll"))]) {
      const python = await runPython(
        fd,
        `p = select.poll()
        p.register(0, ${everything})
        dict(p.poll(0)).get(0, 0)`,
      );
      assertEquals(os.poll([{ fd, events: everything }]), [python]);
    }
  });
});
