/** Invalid arguments and failing calls, which leave nothing behind. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  acceptAll,
  BusyResourceError,
  ClosedResourceError,
  ExclusiveWaiter,
  type FdLike,
  SystemError,
  Wakeup,
} from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import { O_RDONLY, open } from "../../src/os/mod.ts";
import { EINVAL, EMFILE, ENOMEM, ENOSPC } from "../support/errnos.ts";
import { failing } from "../support/faults.ts";
import { countFds, Fds, poke } from "../support/fds.ts";
import { left } from "../support/threads.ts";
import { rejection } from "../support/waits.ts";

function refusal(fd: FdLike): SystemError {
  return assertThrows(() => new ExclusiveWaiter(fd), SystemError);
}

describe("new ExclusiveWaiter()", () => {
  it("throws EINVAL with a reason for an epoll descriptor", () => {
    using fds = new Fds();
    const fd = fds.own(libc().epoll_create1(0));
    const error = refusal(fd);
    assertEquals([error.code, error.syscall, error.fd], ["EINVAL", "epoll_ctl", fd]);
    assertStringIncludes(error.message, "EPOLLEXCLUSIVE");
  });

  it("throws EPERM for a regular file", () => {
    using fds = new Fds();
    const fd = fds.own(open("/proc/self/status", O_RDONLY));
    assertEquals(refusal(fd).code, "EPERM");
  });

  it("throws EBADF for a closed descriptor", () => {
    using fds = new Fds();
    const [fd] = fds.pipe();
    fds.close(fd);
    assertEquals([refusal(fd).code, refusal(fd).fd], ["EBADF", fd]);
  });

  it("throws a TypeError for other values", () => {
    for (const fd of [-1, NaN, 1.5, "0", {}, null, undefined]) {
      assertThrows(() => new ExclusiveWaiter(fd as number), TypeError, "Not a file descriptor");
    }
  });

  it("throws a TypeError that shows an option with a wrong value", () => {
    using wakeup = new Wakeup();
    for (const options of [{ interest: "priority" }, { edgeTriggered: "yes" }]) {
      const [value] = Object.values(options);
      assertThrows(() => new ExclusiveWaiter(wakeup, options as never), TypeError, value);
    }
  });

  it("throws a TypeError for options that aren't an object", () => {
    using wakeup = new Wakeup();
    for (const options of [null, "edge", 5, true]) {
      assertThrows(() => new ExclusiveWaiter(wakeup, options as never), TypeError, "an object");
    }
  });

  it("leaves no descriptor open after any failure", () => {
    using wakeup = new Wakeup();
    const before = countFds();
    refusalsOf(wakeup.fd);
    assertEquals(countFds(), before);
  });
});

function refusalsOf(fd: number): void {
  for (const call of ["epoll_create1", "eventfd"] as const) {
    using _fault = failing(call, EMFILE);
    assertEquals(refusal(fd).code, "EMFILE");
  }
  // The first epoll_ctl is for the descriptor, the next for the doorbell's eventfd.
  for (const [nth, errno, code] of [[1, ENOSPC, "ENOSPC"], [2, ENOMEM, "ENOMEM"]] as const) {
    let calls = 0;
    using _fault = failing("epoll_ctl", errno, () => ++calls === nth);
    assertEquals(refusal(fd).code, code);
  }
  using _fault = failing("epoll_ctl", EINVAL);
  assertEquals(refusal(fd).code, "EINVAL");
}

describe("ExclusiveWaiter.wait()", () => {
  it("rejects with BusyResourceError while another wait is pending, which stays", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup);
    const first = waiter.wait();
    await rejection(waiter.wait(), BusyResourceError);
    wakeup.wake();
    await first;
    await waiter.wait();
  });

  it("replaces an aborted wait in an earlier listener of its signal", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    await using waiter = new ExclusiveWaiter(from);
    const controller = new AbortController();
    let again: Promise<void> | undefined;
    controller.signal.addEventListener("abort", () => again = waiter.wait());
    const first = waiter.wait(controller).catch((reason) => reason);
    controller.abort("stop");
    poke(to);
    assertEquals(await first, "stop");
    await again;
  });

  it("rejects with ClosedResourceError after the close", async () => {
    using wakeup = new Wakeup();
    wakeup.wake();
    const waiter = new ExclusiveWaiter(wakeup);
    const closed = waiter.close();
    await rejection(waiter.wait(), ClosedResourceError);
    await closed;
    await rejection(waiter.wait(), ClosedResourceError);
  });

  it("settles if its options close the waiter or wait on it", async () => {
    using wakeup = new Wakeup();
    const waiter = new ExclusiveWaiter(wakeup);
    let inner: Promise<void> | undefined;
    const waiting = {
      get signal() {
        inner = waiter.wait();
        return undefined;
      },
    };
    await rejection(waiter.wait(waiting), BusyResourceError);
    wakeup.wake();
    await inner;
    const closing = {
      get signal() {
        void waiter.close();
        return undefined;
      },
    };
    await rejection(waiter.wait(closing), ClosedResourceError);
    await waiter.close();
  });

  it("rejects with EBADF some time after the descriptor was closed", async () => {
    using fds = new Fds();
    const [from] = fds.pipe();
    await using waiter = new ExclusiveWaiter(from);
    const wait = waiter.wait();
    fds.close(from);
    // The next file with the number isn't the one that was waited for.
    fds.pipe();
    const error = await rejection(wait, SystemError);
    assertEquals([error.code, error.fd], ["EBADF", from]);
  });

  it("rejects with the error of epoll_wait, and leaves no thread blocked", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup);
    {
      using _fault = failing("epoll_wait", EINVAL);
      const error = await rejection(waiter.wait(), SystemError);
      assertEquals([error.code, error.syscall], ["EINVAL", "epoll_wait"]);
      await left(error.fd!);
    }
    wakeup.wake();
    await waiter.wait();
  });
});

describe("acceptAll()", () => {
  it("throws the error of accept4 for a socket that doesn't listen", () => {
    using fds = new Fds();
    const [socket] = fds.socketpair();
    const [pipe] = fds.pipe();
    for (const [fd, code] of [[socket, "EINVAL"], [pipe, "ENOTSOCK"]] as const) {
      const error = assertThrows(() => acceptAll(fd), SystemError);
      assertEquals([error.code, error.syscall, error.fd], [code, "accept4", fd]);
    }
    fds.close(pipe);
    assertEquals(assertThrows(() => acceptAll(pipe), SystemError).code, "EBADF");
  });
});
