/** Objects in place of descriptors. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as os from "../../src/os/mod.ts";
import { countFds } from "../support/fds.ts";

describe("descriptors as objects", () => {
  it("are as good as their numbers", () => {
    const before = countFds();
    const [one, other] = os.socketpair();
    class Socket {
      fileno = () => other;
    }
    const near = { fd: one };
    const far = new Socket();
    assertEquals(os.write(near, new Uint8Array(3)), 3);
    assertEquals(os.read(far, new Uint8Array(8)), 3);
    assertEquals(os.setNonblocking(far, true), true);
    os.close(os.dup(far));
    os.shutdown(near, "write");
    assertEquals(os.read(far, new Uint8Array(8)), 0);
    os.close(near);
    os.close(far);
    const listener = { fd: os.listenTcp("127.0.0.1", 0) };
    assert(os.localPort(listener) > 0);
    assertEquals(os.accept(listener), undefined);
    assertEquals(os.acceptAll(listener), []);
    os.close(listener);
    const watch = { fd: os.inotify() };
    os.inotifyAddWatch(watch, "/", os.IN_OPEN);
    assertEquals(os.readInotify(watch), []);
    os.close(watch);
    assertEquals(countFds(), before);
  });
});
