import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("inotify", () => {
  it("reports changes in order, with names", async () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    assertEquals(os.readInotify(fd), []);
    const wd = os.inotifyAddWatch(fd, folder.path, os.IN_CREATE | os.IN_CLOSE_WRITE | os.IN_DELETE);
    writeFileSync(join(folder.path, "one"), "1");
    writeFileSync(join(folder.path, "a longer name"), "2");
    rmSync(join(folder.path, "one"));
    await waitReadable(fd);
    assertEquals(os.readInotify(fd), [
      { wd, mask: os.IN_CREATE, cookie: 0, name: "one" },
      { wd, mask: os.IN_CLOSE_WRITE, cookie: 0, name: "one" },
      { wd, mask: os.IN_CREATE, cookie: 0, name: "a longer name" },
      { wd, mask: os.IN_CLOSE_WRITE, cookie: 0, name: "a longer name" },
      { wd, mask: os.IN_DELETE, cookie: 0, name: "one" },
    ]);
    assertThrows(
      () => os.inotifyAddWatch(fd, join(folder.path, "none"), os.IN_CREATE),
      SystemError,
      "ENOENT",
    );
  });

  it("names the descriptor and the path of a watch that fails, and refuses one for nothing", () => {
    using fds = new Fds();
    const [socket] = fds.socketpair();
    const error = assertThrows(
      () => os.inotifyAddWatch(socket, "/tmp", os.IN_CREATE),
      SystemError,
      'for "/tmp" failed: EINVAL',
    );
    assertStringIncludes(error.message, `on fd ${socket} (socket:`);
    assertEquals([error.fd, error.path], [socket, "/tmp"]);
    const fd = fds.own(os.inotify());
    assertThrows(() => os.inotifyAddWatch(fd, "/tmp", 0), RangeError, "The mask must have");
  });

  it("keeps a byte order mark that a name begins with", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    os.inotifyAddWatch(fd, folder.path, os.IN_CREATE);
    writeFileSync(join(folder.path, "\uFEFFname"), "");
    assertEquals(os.readInotify(fd).map(({ name }) => name), ["\uFEFFname"]);
  });
});
