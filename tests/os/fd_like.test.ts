/** Objects in place of descriptors. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as os from "../../src/os/mod.ts";
import { countFds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("every function", () => {
  it("accepts an object with fd or fileno() as a descriptor", () => {
    using folder = new TemporaryFolder();
    const before = countFds();
    const [a, b] = os.socketpair();
    class Socket {
      fileno = () => b;
    }
    const near = { fd: a };
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
    os.inotifyAddWatch(watch, folder.path, os.IN_OPEN);
    assertEquals(os.readInotify(watch), []);
    os.close(watch);
    assertEquals(countFds(), before);
  });
});
