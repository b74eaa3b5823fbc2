/** Holding directions of a descriptor: what a single wait and a watch have in common. */

/**
 * A wait or a watch for some directions of a number, which no other can have meanwhile. A registration
 * has a list of them.
 */
export interface Claim {
  readonly fd: number;
  /** The directions, as the kernel has them; 0 for a watch that is paused, or a timeout alone. */
  readonly events: number;
  /** Whether it keeps the process alive. */
  readonly held: boolean;
  /** Whether it is over once something is ready. */
  readonly once: boolean;
  /** It is over, by its signal, though that has yet to tell it so. */
  readonly aborted: boolean;
  /** The next one of the same registration. */
  next: Claim | undefined;
  /** Its signal has aborted. */
  handleEvent(): void;
  /** Some of its directions are ready. If that ends it, it has been taken off its list before. */
  dispatch(ready: number): void;
  /** It is over, for that reason: it has been taken off its list. */
  reject(reason: unknown): void;
}
