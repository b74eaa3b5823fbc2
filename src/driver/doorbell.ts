/** Doorbells wake the runtime's event loop when the epoll descriptor is ready. */

import type { RegistrationObserver } from "../sys/epoll.ts";
import type { DriverName } from "./driver.ts";

/** The name of a doorbell, and of the driver that uses it. */
export type DoorbellName = Exclude<DriverName, "auto" | "manual">;

/** Watches an epoll descriptor. Whether it is armed is for its owner to remember. */
export interface Doorbell extends Partial<RegistrationObserver> {
  /**
   * Calls `onReady` once the epoll descriptor is readable. An additional call is allowed, a missing
   * one isn't.
   *
   * @param ref Whether the process is kept alive until {@linkcode Doorbell.disarm}.
   * @throws {Error} If it can't watch.
   */
  arm(ref: boolean): void;
  /** Changes whether the process is kept alive while it is armed. */
  setRef(ref: boolean): void;
  /** Stops watching, unless that is free of charge, and no longer keeps the process alive. */
  disarm(): void;
  /** Whether `fd` is one of the doorbell's own descriptors. */
  isInternal(fd: number): boolean;
  /** Gives up threads and descriptors. */
  close(): Promise<void>;
}

/** The code that a doorbell notifies. */
export interface DoorbellListener {
  /** The epoll descriptor is readable, or may be. */
  onReady(): void;
  /** The doorbell can't watch any more. */
  onFailure(error: unknown): void;
}

/** Makes doorbells of one name. */
export interface DoorbellFactory {
  readonly name: DoorbellName;
  /** Makes one for the epoll descriptor `fd`. Throws a `SystemError` if it doesn't work here. */
  createDoorbell(fd: number, listener: DoorbellListener): Doorbell;
}
