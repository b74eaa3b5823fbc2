/** A stream's writing direction as a web stream. */

import { SystemError } from "../ffi/errors.ts";
import type { WaitOptions } from "../manager/wait_options.ts";
import { shutdown } from "../os/socket.ts";

/** The target of the bytes. */
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
  const fail = (error: unknown): never => {
    sink.onError(error);
    throw error;
  };
  return new WritableStream({
    async write(chunk, controller) {
      try {
        // An abort waits for the pending write, which the signal ends.
        await sink.writeAll(chunk, { signal: signalOf(controller) });
      } catch (error) {
        fail(error);
      }
    },
    close() {
      try {
        sink.onEnd();
      } catch (error) {
        fail(error);
      }
    },
    abort() {
      sink.close();
    },
  });
}

/** The types of some runtimes lack the controller's signal. */
function signalOf(controller: object): AbortSignal | undefined {
  if ("signal" in controller && controller.signal instanceof AbortSignal) return controller.signal;
  return undefined;
}

const ENOTSOCK = 88;
const EOPNOTSUPP = 95;
const ENOTCONN = 107;
const withoutEnd: readonly number[] = [ENOTSOCK, EOPNOTSUPP, ENOTCONN];

/**
 * Shuts down the sending direction of `fd`. Returns `false` if it has none that can end by itself.
 */
export function endSending(fd: number): boolean {
  try {
    shutdown(fd, "write");
    return true;
  } catch (error) {
    if (error instanceof SystemError && withoutEnd.includes(-error.errno)) return false;
    throw error;
  }
}
