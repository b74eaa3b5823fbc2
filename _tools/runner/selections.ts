/** Test files that are treated differently. */

/** Files that run while no other file does, with the reasons. */
export const exclusive: Readonly<Record<string, string>> = {
  "tests/os/timerfd.test.ts": "sets the clock of the whole system",
  "tests/robustness/watch_limit.test.ts": "lowers a limit of the whole system",
  "tests/published/tasks.test.ts": "checks that tasks leave the repository unchanged",
  "tests/published/examples.test.ts": "checks that examples leave the repository unchanged",
};

const neverAsleep =
  "qemu refuses epoll_wait(2) without a buffer, so that no exclusive waiter's thread ever sleeps";

const neverFails =
  "qemu starts a process with fork(2) instead of vfork(2), so that posix_spawn(3) doesn't report failures";

/** Files that can't work on arm64 under qemu, with the reasons. */
export const notOnArm64: Readonly<Record<string, string>> = {
  "tests/exclusive/asleep.test.ts": neverAsleep,
  "tests/exclusive/closing.test.ts": neverAsleep,
  "tests/exclusive/death.test.ts": neverAsleep,
  "tests/exclusive/wakeups.test.ts": neverAsleep,
  "tests/os/spawn.test.ts": neverFails,
  "tests/os/pidfd.test.ts": "qemu uses real-time signals itself",
  "tests/os/control_messages.test.ts": "qemu knows only some kinds of control data",
  "packages/pty/tests/starting.test.ts": neverFails,
};

/** Files about structs, constants, system call numbers, and memory that threads share. */
export const reducedOnArm64: readonly string[] = [
  "tests/ffi/constants.test.ts",
  "tests/sys/epoll_event.test.ts",
  "tests/ffi/errors.test.ts",
  "tests/manager/wait.test.ts",
  "tests/manager/hangup.test.ts",
  "tests/manager/priority.test.ts",
  "tests/manager/get_events.test.ts",
  "tests/manager/stale_event.test.ts",
  "tests/manager/faults.test.ts",
  "tests/os/flags.test.ts",
  "tests/os/read_write.test.ts",
  "tests/os/open.test.ts",
  "tests/os/fstat.test.ts",
  "tests/os/pipe.test.ts",
  "tests/os/messages.test.ts",
  "tests/os/pty.test.ts",
  "tests/os/timerfd.test.ts",
  "tests/os/inotify.test.ts",
  "tests/os/listening.test.ts",
  "tests/connect/connect_unix.test.ts",
  "tests/driver/thread.test.ts",
  "tests/driver/uring.test.ts",
  "tests/wakeup/wakeup.test.ts",
  "tests/wakeup/signals.test.ts",
  "tests/wakeup/workers.test.ts",
  "tests/exclusive/accept_all.test.ts",
  "tests/exclusive/bad_input.test.ts",
  "tests/exclusive/wait.test.ts",
  "tests/robustness/many_workers.test.ts",
  "tests/stream/reading_writing.test.ts",
  "tests/stream/web_streams.test.ts",
];
