/** Whether there may be files that report an event only once. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { OnceReporting } from "../../src/driver/once_reporting.ts";
import { eventfd, O_RDONLY, open } from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";

describe("OnceReporting.find()", () => {
  it("returns true from the first such file on", () => {
    using fds = new Fds();
    const files = new OnceReporting();
    assertEquals(files.find(), false);
    files.add(fds.pipe()[0]);
    assertEquals(files.find(), false);
    files.add(fds.own(open("/proc/self/mounts", O_RDONLY)));
    assertEquals(files.find(), true);
    files.add(fds.pipe()[0]);
    assertEquals(files.find(), true);
  });

  it("returns true until it has looked at all files, and then the answer", () => {
    using fds = new Fds();
    const files = new OnceReporting();
    for (let n = 0; n < 100; n++) files.add(fds.own(eventfd()));
    let calls = 1;
    while (files.find()) calls++;
    assertEquals([calls, files.find()], [4, false]);
  });
});
