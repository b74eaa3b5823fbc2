/** The doorbell for those who have no preference: io_uring, or a thread where that doesn't work. */

import { SystemError } from "../ffi/errors.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { threadDoorbell } from "./thread.ts";
import { UringDoorbell } from "./uring.ts";

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
