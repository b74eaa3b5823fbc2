/**
 * A single call of a C function fails at any point of a manager's life. The wait either works
 * nonetheless or rejects with that error, other waits continue, and nothing is left behind.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { openWakeup, SystemError, UnsupportedPlatformError } from "../../mod.ts";
import { bindSymbols, lastErrno, libc } from "../../src/ffi/libc.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../../src/ffi/symbols.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { describeForDrivers, type Driver, drivers } from "../support/drivers.ts";
import { EMFILE, ENOMEM } from "../support/errnos.ts";
import { failingIn, type Fault } from "../support/faults.ts";
import { countFds, drain, Fds, noMoreFdsThan, poke } from "../support/fds.ts";
import { openManager } from "../support/managers.ts";
import { record } from "../support/record.ts";
import { sleep } from "../support/event_loop.ts";
import { uringRefusal } from "../support/uring.ts";

/** A function that can be made to fail. */
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

/** Functions that can't fail because the test calls them outside of any wait. */
const impossible: Readonly<Partial<Record<Driver, readonly string[]>>> = { manual: ["epoll_wait"] };

/** More calls of a function than there are in one life. */
const enough = 200;

describeForDrivers("EpollIOManager after a single failure", (it, driver) => {
  for (const sabotage of sabotages) {
    if (impossible[driver]?.includes(sabotage.name)) continue;
    it(`harms no other wait when any call of ${sabotage.name} fails`, async () => {
      await warmUp(driver);
      let chosen = 1;
      for (let failed = true; failed; chosen++) {
        assertLess(chosen, enough);
        const before = countFds();
        using _guard = new CloseGuard();
        const expected = new Expected(sabotage.errno);
        let call = 0;
        {
          using fault = sabotage.fail(() => !expected.paused && ++call === chosen);
          using fds = new Fds();
          await live(driver, fds, expected);
          failed = fault.count > 0;
        }
        await noMoreFdsThan(before);
        if (failed) record("faults", driver, { failures: 1, lost: 0 });
      }
    });
  }
});

const replaced = uringRefusal === undefined && drivers.includes("uring") ? ["auto"] as const : [];

describeForDrivers(
  "EpollIOManager after its doorbell and another call have failed",
  (it, driver) => {
    for (const sabotage of sabotages) {
      if (sabotage.name.startsWith("io_uring")) continue;
      it(`harms no other wait when that is any call of ${sabotage.name}`, async () => {
        let chosen = 1;
        for (let failed = true; failed; chosen++) {
          assertLess(chosen, enough);
          const before = countFds();
          using _guard = new CloseGuard();
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
          await noMoreFdsThan(before);
          if (failed) record("faults", "auto", { failures: 1, lost: 0 });
        }
      });
    }
  },
  replaced,
);

/** The expected failures: one, with the injected error number. */
class Expected {
  readonly #errno: number;
  /** Whether calls are the test's own, which must not fail. */
  paused = false;

  constructor(errno: number) {
    this.#errno = errno;
  }

  /** Asserts that `error` is the injected failure. */
  check(error: unknown): void {
    const cause = error instanceof UnsupportedPlatformError ? error.cause : error;
    assert(cause instanceof SystemError, String(error));
    // A doorbell that never rang doesn't know which call failed.
    if (cause.code !== "ENOSYS") assertEquals(cause.errno, -this.#errno, cause.message);
  }

  /** Performs an action that doesn't fail. */
  pause<T>(action: () => T): T {
    // Clears the errno of a failed call that was never read.
    lastErrno();
    this.paused = true;
    const result = action();
    this.paused = false;
    return result;
  }

  /** Performs an action. Returns undefined if it fails as expected. */
  attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.check(error);
    }
  }
}

/** Opens what is opened once and kept. */
async function warmUp(driver: Driver | "auto"): Promise<void> {
  using fds = new Fds();
  await live(driver, fds, new Expected(0));
}

/** Uses each function of a manager once. */
async function live(driver: Driver | "auto", fds: Fds, expected: Expected): Promise<void> {
  await using manager = expected.attempt(() => openManager(driver, { busyPoll: 0 }));
  if (manager === undefined) return;
  const [a, b] = expected.pause(() => fds.socketpair());
  const [quiet] = expected.pause(() => fds.socketpair());
  await survives(manager.waitWritable(a), expected);

  const stopped = new AbortController();
  const unharmed = manager.waitReadable(quiet, stopped).catch((reason) => reason);
  for (let round = 0; round < 2; round++) {
    const poked = sleep(1).then(() => expected.pause(() => poke(b)));
    await Promise.all([survives(manager.waitReadable(a), expected), poked]);
    expected.pause(() => drain(a));
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
  // Only a failing poll or doorbell affects all waits at once.
  if (reason !== "stop") expected.check(reason);
  manager.notifyClosing(a);
  // After one failure, everything works again.
  const again = manager.waitReadable(a);
  expected.pause(() => poke(b));
  await survives(again, expected);
}

/** Resolves to whether `wait` resolved. Otherwise it must have failed as expected. */
function survives(wait: Promise<void>, expected: Expected): Promise<boolean> {
  return wait.then(() => true, (error) => {
    expected.check(error);
    return false;
  });
}
