/** A stream's writing direction as a web stream. */

import { SystemError } from "../ffi/errors.ts";
import type { WaitOptions } from "../manager/epoll_io_manager.ts";
import { shutdown } from "../os/socket.ts";

/** What is written to. */
interface Sink {
  readonly fd: number;
  writeAll(data: Uint8Array, options?: WaitOptions): Promise<void>;
  close(): void;
}

/** A stream into `sink`; calls `onEnd` when it has been closed. */
export function byteSink(sink: Sink, onEnd: () => void): WritableStream<Uint8Array> {
  return new WritableStream({
    // An abort has to wait for the write that is under way; the signal ends that.
    write: (chunk, controller) => sink.writeAll(chunk, { signal: signalOf(controller) }),
    close() {
      if (sink.fd !== -1) endSending(sink.fd);
      onEnd();
    },
    abort() {
      sink.close();
    },
  });
}

/** Not all runtimes' types know that a controller has one. */
function signalOf(controller: object): AbortSignal | undefined {
  if ("signal" in controller && controller.signal instanceof AbortSignal) return controller.signal;
  return undefined;
}

/** Only sockets, while they are connected, have a direction that can end by itself. */
function endSending(fd: number): void {
  try {
    shutdown(fd, "write");
  } catch (error) {
    if (error instanceof SystemError && ["ENOTSOCK", "ENOTCONN"].includes(error.code)) return;
    throw error;
  }
}
