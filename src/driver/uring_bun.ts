/** The io_uring doorbell's receiving end in Bun. */

import type { OwnedFd } from "../sys/owned_fd.ts";
import type { Receiver } from "./receiving_end.ts";

interface BunSocket {
  ref(): void;
  unref(): void;
  terminate(): void;
}

/** The members of Bun that are used here, so that no runtime's type package is needed. */
declare const Bun: {
  connect(options: {
    fd: number;
    socket: { open(socket: BunSocket): void; data(): void; close(): void };
  }): Promise<BunSocket>;
};

/** Bun closes the descriptor when its Worker is terminated. */
export function receiveInBun(owned: OwnedFd, onData: () => void): Receiver {
  const closed = Promise.withResolvers<void>();
  let socket: BunSocket | undefined;
  // For a descriptor that is connected already, `open` is called before connect() returns.
  const options = {
    fd: owned.fd,
    socket: {
      open: (opened: BunSocket) => void (socket = opened),
      data: onData,
      close: () => closed.resolve(),
    },
  };
  owned.release();
  // The missing probe shows the failure.
  Bun.connect(options).catch(() => closed.resolve());
  return {
    ref: () => socket?.ref(),
    unref: () => socket?.unref(),
    close: () => {
      socket?.terminate();
      return closed.promise;
    },
  };
}
