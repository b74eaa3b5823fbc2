/** Files that report changes with EPOLLPRI, and their next change only after a read at offset 0. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cgroupEvents, readOnChange } from "../../examples/cgroup_events.ts";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { countFdsTo } from "../support/fds.ts";
import { matching, outcome, run, start } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";

/** A new cgroup, and a process in it. */
class Cgroup implements Disposable {
  static #count = 0;
  readonly path: string;
  #child: ChildProcess | undefined;

  constructor() {
    const name = `fdready-${process.pid}-${Cgroup.#count++}`;
    this.path = join(findCgroup2()!, name);
    mkdirSync(this.path);
  }

  /** Starts a process in the cgroup; resolves once it is there. */
  async enter(): Promise<void> {
    const script = `echo $$ > ${this.path}/cgroup.procs && echo ready && exec cat`;
    this.#child = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    await matching(this.#child, /ready/);
  }

  /** Ends the process; resolves once it has ended. */
  async leave(): Promise<void> {
    const ended = outcome(this.#child!);
    this.#child!.stdin!.end();
    this.#child = undefined;
    await ended;
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
    rmdirSync(this.path);
  }
}

/** The directory where version 2 of cgroups is mounted. */
function findCgroup2(): string | undefined {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  return /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(mounts)?.[1];
}

function cannotMake(): string | undefined {
  if (findCgroup2() === undefined) return "needs cgroup2, which isn't mounted";
  try {
    using group = new Cgroup();
    writeFileSync(`${group.path}/cgroup.procs`, "");
    return undefined;
  } catch (error) {
    return `needs the right to make a cgroup: ${error}`;
  }
}

const reason = cannotMake();

describeUnless(reason, "cgroupEvents()", () => {
  it("yields each change once, until it is aborted", async () => {
    using group = new Cgroup();
    const controller = new AbortController();
    const events = cgroupEvents(group.path, { signal: controller.signal });
    const next = async () => (await events.next()).value?.get("populated");
    assertEquals(await next(), false);
    for (let round = 0; round < 3; round++) {
      const entered = next();
      await group.enter();
      assertEquals(await entered, true);
      const left = next();
      await group.leave();
      assertEquals(await left, false);
    }
    const end = assertRejects(() => events.next(), DOMException);
    controller.abort();
    await end;
    assertEquals(countFdsTo(`${group.path}/cgroup.events`), 0);
  });

  it("doesn't miss a change between two waits", async () => {
    using group = new Cgroup();
    const events = cgroupEvents(group.path);
    assertEquals((await events.next()).value?.get("populated"), false);
    await group.enter();
    assertEquals((await events.next()).value?.get("populated"), true);
    await events.return();
    await group.leave();
  });

  it("the program prints changes, with only --allow-ffi", async () => {
    using group = new Cgroup();
    const permissions = ["--allow-ffi"];
    const child = start("../../examples/cgroup_events", { args: [group.path], permissions });
    const result = outcome(child);
    await matching(child, /populated: false/);
    const printed = matching(child, /populated: true/);
    await group.enter();
    await printed;
    const last = matching(child, /populated: false/);
    await group.leave();
    await last;
    child.kill();
    const { output } = await result;
    assertEquals(output.match(/populated: \w+/g), [
      "populated: false",
      "populated: true",
      "populated: false",
    ]);
  });
});

describeForDrivers("waitPriority() and pread() at offset 0", (it) => {
  it("report each change of a file of a cgroup, with read() only the first", async ({ manager }) => {
    using group = new Cgroup();
    const fd = os.open(`${group.path}/cgroup.events`, os.O_RDONLY);
    const buffer = new Uint8Array(256);
    while (os.read(fd, buffer)! > 0);
    for (let round = 0; round < 3; round++) {
      const wait = manager.waitPriority(fd);
      await group.enter();
      await wait;
      // At the end of the file, a read isn't enough: the next wait resolves for the same change.
      assertEquals(os.read(fd, buffer), 0);
      await manager.waitPriority(fd);
      assert(os.pread(fd, buffer, 0) > 0);
      assertEquals(os.poll([{ fd, events: os.POLLPRI }])[0]! & os.POLLPRI, 0);
      await group.leave();
      await manager.waitPriority(fd);
      assert(os.pread(fd, buffer, 0) > 0);
    }
    manager.closeFd(fd);
  });
}, reason === undefined ? drivers : []);

describe("readOnChange()", () => {
  it("rejects with the error of a file that doesn't exist, or can't be waited for", async () => {
    await assertRejects(() => readOnChange("/nonexistent").next(), SystemError, "ENOENT");
    const contents = readOnChange("/dev/null");
    assertEquals((await contents.next()).value, "");
    await assertRejects(() => contents.next(), SystemError, "EPERM");
  });
});

describe("examples/cgroup_events.ts", () => {
  it("prints the error of a folder that doesn't exist, in a line", async () => {
    const { code, output } = await run("../../examples/cgroup_events", { args: ["/nonexistent"] });
    assertEquals(code, 1);
    assertMatch(output, /^open of "\/nonexistent\/cgroup.events" failed: ENOENT [^\n]*\n$/);
  });
});
