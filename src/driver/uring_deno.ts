/** The io_uring doorbell's receiving end in Deno. */

import { getBuiltinModule } from "../runtime/globals.ts";
import { isDenoUpTo } from "../runtime/runtime.ts";
import type { OwnedFd } from "../sys/owned_fd.ts";
import type { Receiver } from "./receiving_end.ts";

/**
 * The newest version of Deno that leaves the descriptor of a Unix socket open when the isolate
 * ends. A newer one may close it, and a second close might affect another file.
 */
const lastToLeaveOpen = "2.9.6";

/** The members of `node:net` that are used here. A static import would load it with this module. */
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

export function receiveInDeno(owned: OwnedFd, onData: () => void): Receiver {
  const net = getBuiltinModule("node:net") as Net;
  const callback = (): boolean => {
    onData();
    return true;
  };
  // With its own buffer, a byte doesn't pass through the socket's stream.
  const onread = { buffer: new Uint8Array(16), callback };
  const options = { fd: owned.fd, readable: true, writable: false, onread };
  if (!isDenoUpTo(lastToLeaveOpen)) owned.release();
  const socket = new net.Socket(options);
  const closed = new Promise<void>((resolve) => socket.on("close", resolve));
  socket.read(0);
  return {
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    close: () => {
      socket.destroy();
      return closed;
    },
  };
}
