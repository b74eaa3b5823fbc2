/** What is known about files from their kind. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import * as os from "../../src/os/mod.ts";
import { mayReportOnce } from "../../src/sys/file_type.ts";
import { Fds } from "../support/fds.ts";

describe("mayReportOnce()", () => {
  const files: [name: string, expected: boolean, open: (fds: Fds) => number][] = [
    ["a socket", false, (fds) => fds.socketpair()[0]],
    ["a pipe", false, (fds) => fds.pipe()[0]],
    ["a terminal", false, (fds) => fds.openpty().terminal],
    ["the controller of a pseudo-terminal", false, (fds) => fds.openpty().controller],
    ["an eventfd", false, (fds) => fds.own(os.eventfd())],
    ["a timer", false, (fds) => fds.own(os.timerfd({ initial: 1000 }))],
    ["inotify", false, (fds) => fds.own(os.inotify())],
    ["a pidfd", false, (fds) => fds.own(os.pidfdOpen(process.pid))],
    ["a closed descriptor", false, (fds) => {
      const [reader] = fds.pipe();
      fds.close(reader);
      return reader;
    }],
    ["a change of the mounts", true, (fds) => fds.own(os.open("/proc/self/mounts", os.O_RDONLY))],
    ["an unknown device", true, (fds) => fds.own(os.open("/dev/null", os.O_RDONLY))],
  ];
  for (const [name, expected, open] of files) {
    it(`returns ${expected} for ${name}`, () => {
      using fds = new Fds();
      assertEquals(mayReportOnce(open(fds)), expected);
    });
  }
});
