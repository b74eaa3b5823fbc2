/** A descriptor that the runtime's own event loop watches. */
export interface Receiver {
  /** Whether the runtime closes the descriptor when its isolate, a Worker, is terminated. */
  readonly closesWithIsolate: boolean;
  /** Keeps the process alive. */
  ref(): void;
  /** Lets the process exit. */
  unref(): void;
  /** Closes the descriptor. Resolves when it is closed. */
  close(): Promise<void>;
}

/** Hands `fd` over to the event loop, which calls `onData` whenever bytes arrive, and drops them. */
export type Receive = (fd: number, onData: () => void) => Receiver;
