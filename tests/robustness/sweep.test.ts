/**
 * One call of the C library fails, any call, at any point of a manager's life: what was asked for
 * works all the same or ends with that error, everything else goes on, and nothing is left behind.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { openWakeup, SystemError, UnsupportedPlatformError } from "../../mod.ts";
import { bindSymbols, lastErrno, libc } from "../../src/ffi/libc.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../../src/ffi/symbols.ts";
import { describeForDrivers, type Driver, drivers } from "../support/drivers.ts";
import { EMFILE, ENOMEM } from "../support/errnos.ts";
import { failingIn, type Fault } from "../support/faults.ts";
import { countFds, drain, Fds, poke } from "../support/fds.ts";
import { openManager } from "../support/managers.ts";
import { record } from "../support/record.ts";
import { sleep, until } from "../support/event_loop.ts";
import { uringRefusal } from "../support/uring.ts";

/** A call that is made to fail, and how. */
interface Sabotage {
  readonly name: string;
  readonly errno: number;
  fail(when: () => boolean): Fault;
}

function ofLibc(name: keyof ReturnType<typeof libc>, errno: number): Sabotage {
  return { name, errno, fail: (when) => failingIn(libc(), name, errno, -1, when) };
}

const sabotages: readonly Sabotage[] = [
  ofLibc("epoll_create1", EMFILE),
  ofLibc("eventfd", EMFILE),
  ofLibc("socketpair", EMFILE),
  ofLibc("fcntl", EMFILE),
  ofLibc("epoll_ctl", ENOMEM),
  ofLibc("epoll_wait", ENOMEM),
  ofLibc("read", ENOMEM),
  ofLibc("write", ENOMEM),
  {
    name: "io_uring_setup",
    errno: EMFILE,
    fail: (when) => failingIn(bindSymbols(uringSetupSymbols), "syscall", EMFILE, -1, when),
  },
  {
    name: "mmap",
    errno: ENOMEM,
    fail: (when) =>
      failingIn(bindSymbols(uringSetupSymbols), "mmap", ENOMEM, 0xffff_ffff_ffff_ffffn, when),
  },
  {
    name: "io_uring_enter",
    errno: ENOMEM,
    fail: (when) => failingIn(bindSymbols(uringEnterSymbols), "syscall", ENOMEM, -1, when),
  },
];

/** What can't be let fail, since the test calls it outside of any wait. */
const impossible: Readonly<Partial<Record<Driver, readonly string[]>>> = { manual: ["epoll_wait"] };

/** More calls of any one function than a life has. */
const enough = 200;

describeForDrivers("a single failure", (it, driver) => {
  for (const sabotage of sabotages) {
    if (impossible[driver]?.includes(sabotage.name)) continue;
    it(`of ${sabotage.name}, at any of its calls, harms nobody else`, async () => {
      let chosen = 1;
      for (let failed = true; failed; chosen++) {
        assertLess(chosen, enough);
        const before = countFds();
        const expected = new Expected(sabotage.errno);
        let call = 0;
        {
          using fault = sabotage.fail(() => !expected.paused && ++call === chosen);
          using fds = new Fds();
          await live(driver, fds, expected);
          failed = fault.count > 0;
        }
        await until(() => countFds() === before, () => new Error(`Failure ${chosen} leaks`));
        if (failed) record("faults", driver, { failures: 1, lost: 0 });
      }
    });
  }
});

const replaced = uringRefusal === undefined && drivers.includes("uring") ? ["auto"] as const : [];

describeForDrivers("a doorbell that fails, and any call after it", (it, driver) => {
  for (const sabotage of sabotages) {
    if (sabotage.name.startsWith("io_uring")) continue;
    it(`of ${sabotage.name}, harm nobody else`, async () => {
      let chosen = 1;
      for (let failed = true; failed; chosen++) {
        assertLess(chosen, enough);
        const before = countFds();
        const expected = new Expected(sabotage.errno);
        let submissions = 0;
        let call = 0;
        {
          // The first submission is the probe of the setup.
          using first = failingIn(
            bindSymbols(uringEnterSymbols),
            "syscall",
            ENOMEM,
            -1,
            () => ++submissions > 1,
          );
          using second = sabotage.fail(() =>
            first.count > 0 && !expected.paused && ++call === chosen
          );
          using fds = new Fds();
          await live(driver, fds, expected);
          failed = second.count > 0;
        }
        await until(() => countFds() === before, () => new Error(`Failure ${chosen} leaks`));
        if (failed) record("faults", "auto", { failures: 1, lost: 0 });
      }
    });
  }
}, replaced);

/** The failures that there may be: one, with the number that was injected. */
class Expected {
  readonly #errno: number;
  /** The test itself calls the library, which is not to fail then. */
  paused = false;

  constructor(errno: number) {
    this.#errno = errno;
  }

  /** Takes a failure that is the injected one. */
  check(error: unknown): void {
    const cause = error instanceof UnsupportedPlatformError ? error.cause : error;
    assert(cause instanceof SystemError, String(error));
    // A doorbell that was never rung doesn't tell which call it was.
    if (cause.code !== "ENOSYS") assertEquals(cause.errno, -this.#errno, cause.message);
  }

  /** Does something that doesn't fail. */
  pause<T>(action: () => T): T {
    // Whoever didn't ask for the errno of the failed call has left it behind.
    lastErrno();
    this.paused = true;
    const result = action();
    this.paused = false;
    return result;
  }

  /** Does something; undefined if it fails as it may. */
  attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.check(error);
    }
  }
}

/** All that a manager does, each thing once. */
async function live(driver: Driver | "auto", fds: Fds, expected: Expected): Promise<void> {
  await using manager = expected.attempt(() => openManager(driver, { busyPoll: 0 }));
  if (manager === undefined) return;
  const [one, other] = expected.pause(() => fds.socketpair());
  const [quiet] = expected.pause(() => fds.socketpair());
  await survives(manager.waitWritable(one), expected);

  const stopped = new AbortController();
  const unharmed = manager.waitReadable(quiet, stopped).catch((reason) => reason);
  for (let round = 0; round < 2; round++) {
    const poked = sleep(1).then(() => expected.pause(() => poke(other)));
    await Promise.all([survives(manager.waitReadable(one), expected), poked]);
    expected.pause(() => drain(one));
  }
  const woken = survives(manager.waitWakeup(), expected);
  const handle = expected.attempt(() => manager.wakeupHandle());
  const remote = handle && expected.attempt(() => openWakeup(handle));
  expected.attempt(() => remote?.wake());
  expected.attempt(() => manager.forceWakeup());
  expected.pause(() => manager.forceWakeup());
  await woken;
  remote?.close();

  stopped.abort("stop");
  const reason = await unharmed;
  // Only a failing poll or doorbell concerns all waits at once.
  if (reason !== "stop") expected.check(reason);
  manager.notifyClosing(one);
  // One failure is over and done with.
  const again = manager.waitReadable(one);
  expected.pause(() => poke(other));
  await survives(again, expected);
}

/** Whether `wait` resolved; if not, it must have failed as it may. */
function survives(wait: Promise<void>, expected: Expected): Promise<boolean> {
  return wait.then(() => true, (error) => {
    expected.check(error);
    return false;
  });
}
