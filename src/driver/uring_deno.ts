/** The io_uring doorbell's receiving end in Deno. */

import process from "node:process";
import type { Receiver } from "./receiver.ts";

/** As much of `node:net` as is used here; a static import would load it with this module. */
interface Net {
  Socket: new (options: { fd: number; readable: boolean; writable: boolean }) => {
    on(event: "data" | "close", listener: () => void): void;
    ref(): void;
    unref(): void;
    destroy(): void;
  };
}

export function receiveInDeno(fd: number, onData: () => void): Receiver {
  const net = process.getBuiltinModule("node:net") as unknown as Net;
  const socket = new net.Socket({ fd, readable: true, writable: false });
  socket.on("data", onData);
  const closed = new Promise<void>((resolve) => socket.on("close", resolve));
  return {
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    close: () => {
      socket.destroy();
      return closed;
    },
  };
}
