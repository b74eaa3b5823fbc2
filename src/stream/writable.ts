/** A stream's writing direction as a web stream. */

import { SystemError } from "../ffi/errors.ts";
import type { WaitOptions } from "../manager/wait_options.ts";
import { shutdown } from "../os/socket.ts";

/** What is written to. */
export interface Sink {
  writeAll(data: ArrayBufferView, options?: WaitOptions): Promise<void>;
  /** The web stream has been closed. */
  onEnd(): void;
  /** The web stream can't go on. */
  onError(error: unknown): void;
  close(): void;
}

/** A stream into `sink`. */
export function byteSink(sink: Sink): WritableStream<ArrayBufferView> {
  return new WritableStream({
    async write(chunk, controller) {
      try {
        // An abort has to wait for the write that is under way; the signal ends that.
        await sink.writeAll(chunk, { signal: signalOf(controller) });
      } catch (error) {
        sink.onError(error);
        throw error;
      }
    },
    close() {
      sink.onEnd();
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

/** Ends the sending direction of `fd`, if it has one that can end by itself; returns whether. */
export function endSending(fd: number): boolean {
  try {
    shutdown(fd, "write");
    return true;
  } catch (error) {
    const without = ["ENOTSOCK", "ENOTCONN", "EOPNOTSUPP"];
    if (error instanceof SystemError && without.includes(error.code)) return false;
    throw error;
  }
}
