/** Who watches the epoll descriptor while the runtime's event loop sleeps. */

export interface Doorbell {
  readonly name: "uring" | "thread";
  /**
   * Watches until the epoll descriptor is readable; then calls `onRing` once. A ring for no reason is
   * allowed, one too few is not. If it is to hold, the process is kept alive, beyond the ring, until
   * `disarm`.
   */
  arm(held: boolean): void;
  /** Whether the process is kept alive while it is armed. */
  hold(held: boolean): void;
  /** Takes `arm` back, if it hasn't rung yet, and lets the process exit. */
  disarm(): void;
  /** Whether `fd` is one of the doorbell's own descriptors. */
  isInternal(fd: number): boolean;
  /** Gives up threads and descriptors. `onRing` isn't called any more. */
  close(): Promise<void>;
}

/** What a doorbell is made with. */
export interface DoorbellListener {
  onRing(): void;
  /** The doorbell can't watch. It may be armed again. */
  onFailure(error: unknown): void;
}
