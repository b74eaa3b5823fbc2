/** The io_uring doorbell's receiving end in Bun. */

import type { Receiver, ReceiverKind } from "./receiving_end.ts";

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

function receiveInBun(fd: number, onData: () => void): Receiver {
  const closed = Promise.withResolvers<void>();
  let socket: BunSocket | undefined;
  // For a descriptor that is connected already, `open` is called before connect() returns.
  Bun.connect({
    fd,
    socket: { open: (opened) => socket = opened, data: onData, close: () => closed.resolve() },
  }).catch(() => closed.resolve()); // The missing probe shows the failure.
  return {
    ref: () => socket?.ref(),
    unref: () => socket?.unref(),
    close: () => {
      socket?.terminate();
      return closed.promise;
    },
  };
}

export const bunReceiver: ReceiverKind = { closesWithIsolate: () => true, receive: receiveInBun };
