/** Which driver a manager gets. */

import { SystemError } from "../ffi/errors.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { BurstDriver } from "./burst.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import type { Driver, Pollable } from "./driver.ts";
import { ManualDriver } from "./manual.ts";
import { threadDoorbell } from "./thread.ts";
import { UringDoorbell } from "./uring.ts";

/** The drivers that a program may ask for. */
export type DriverName = "auto" | "uring" | "thread" | "manual";

/** Makes the driver `name` for `manager`; `busyPoll` is in µs. */
export function createDriver(name: DriverName, manager: Pollable, busyPoll: number): Driver {
  if (name === "manual") return new ManualDriver(manager);
  return new BurstDriver(manager, busyPoll / 1000, makeDoorbell[name]);
}

const makeDoorbell = {
  auto: (fd: number, listener: DoorbellListener): Doorbell => new AutoDoorbell(fd, listener),
  uring: uringDoorbell,
  thread: threadDoorbell,
};

/** Errors that say nothing about io_uring. */
const shortages = ["EMFILE", "ENFILE", "ENOMEM"];

function uringDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  try {
    return new UringDoorbell(fd, listener);
  } catch (error) {
    if (!(error instanceof SystemError) || shortages.includes(error.code)) throw error;
    throw new UnsupportedPlatformError(
      `The driver "uring" doesn't work here: ${error.message}. Use the driver "auto"`,
      { cause: error },
    );
  }
}

/** Makes the doorbell that is tried first; throws a `SystemError` where it doesn't work. */
export type Preferred = (fd: number, listener: DoorbellListener) => Doorbell;

export class AutoDoorbell implements Doorbell {
  readonly #fd: number;
  readonly #listener: DoorbellListener;
  /** Undefined while the thread's can't be made, for want of descriptors. */
  #doorbell: Doorbell | undefined;
  #fallenBack = false;
  #armed = false;
  #held = false;
  #abandoned: Promise<void> | undefined;

  constructor(
    fd: number,
    listener: DoorbellListener,
    preferred: Preferred = (fd, listener) => new UringDoorbell(fd, listener),
  ) {
    this.#fd = fd;
    this.#listener = listener;
    const own = {
      onRing: () => this.#onRing(),
      onFailure: (error: unknown) => this.#onFailure(error),
    };
    try {
      this.#doorbell = preferred(fd, own);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#fallenBack = true;
      this.#doorbell = threadDoorbell(fd, listener);
    }
  }

  get name(): "uring" | "thread" {
    return this.#doorbell?.name ?? "thread";
  }

  arm(held: boolean): void {
    this.#armed = true;
    this.#held = held;
    try {
      this.#doorbell ??= threadDoorbell(this.#fd, this.#listener);
    } catch (error) {
      this.#armed = false;
      return this.#listener.onFailure(error);
    }
    this.#doorbell.arm(held);
  }

  hold(held: boolean): void {
    this.#held = held;
    this.#doorbell?.hold(held);
  }

  disarm(): void {
    this.#armed = false;
    this.#doorbell?.disarm();
  }

  isInternal(fd: number): boolean {
    return this.#doorbell?.isInternal(fd) ?? false;
  }

  async close(): Promise<void> {
    await Promise.all([this.#doorbell?.close(), this.#abandoned]);
  }

  #onRing(): void {
    this.#armed = false;
    this.#listener.onRing();
  }

  /** What worked a moment ago may stop to: containers change their rules, kernels run out. */
  #onFailure(error: unknown): void {
    if (this.#fallenBack) return this.#listener.onFailure(error);
    this.#fallenBack = true;
    this.#abandoned = this.#doorbell?.close();
    this.#doorbell = undefined;
    if (this.#armed) this.arm(this.#held);
  }
}
