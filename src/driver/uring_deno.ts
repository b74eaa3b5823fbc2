/** The io_uring doorbell's receiving end in Deno. */

import { getBuiltinModule } from "../runtime/globals.ts";
import { isDenoUpTo } from "../runtime/runtime.ts";
import type { Receiver } from "./receiving_end.ts";

/**
 * The newest Deno that is known not to close what a Unix socket was made of when the isolate ends. Of a
 * newer one it can't be known, and to close what somebody else has closed might hit another file.
 */
const lastToLeaveOpen = "2.9.6";

/** As much of `node:net` as is used here; a static import would load it with this module. */
interface Net {
  Socket: new (options: {
    fd: number;
    readable: boolean;
    writable: boolean;
    onread: { buffer: Uint8Array; callback: () => boolean };
  }) => {
    on(event: "close", listener: () => void): void;
    read(bytes: number): void;
    ref(): void;
    unref(): void;
    destroy(): void;
  };
}

export function receiveInDeno(fd: number, onData: () => void): Receiver {
  const net = getBuiltinModule("node:net") as Net;
  const callback = (): boolean => {
    onData();
    return true;
  };
  // With a buffer to read into, the bytes don't take the long way through the socket's stream.
  const onread = { buffer: new Uint8Array(16), callback };
  const socket = new net.Socket({ fd, readable: true, writable: false, onread });
  const closed = new Promise<void>((resolve) => socket.on("close", resolve));
  socket.read(0);
  return {
    closesWithIsolate: !isDenoUpTo(lastToLeaveOpen),
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    close: () => {
      socket.destroy();
      return closed;
    },
  };
}
