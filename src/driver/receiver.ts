/** A descriptor that the runtime's own event loop watches. */
export interface Receiver {
  /** Keeps the process alive. */
  ref(): void;
  /** Doesn't. */
  unref(): void;
  /** Closes the descriptor. Resolves when it is closed. */
  close(): Promise<void>;
}

/** Hands `fd` over to the event loop, which calls `onData` whenever bytes arrive, and drops them. */
export type Receive = (fd: number, onData: () => void) => Receiver;
