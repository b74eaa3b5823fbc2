/** The two directions of a stream as web streams. */

import { F_GETFL } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import type { WaitOptions } from "../manager/options.ts";
import { shutdown } from "../os/connection.ts";
import { O_RDWR, O_WRONLY } from "../os/file_constants.ts";

/** The source of the bytes. */
export interface Source {
  /** Reads what is there: the number of bytes, `null` at the end, `undefined` if it would block. */
  readNow(buffer: Uint8Array): number | null | undefined;
  /** Reads what is there, or waits for what comes next. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** The end has been read. */
  onEnd(): void;
  /** The web stream can't go on. */
  onError(error: unknown): void;
  close(): void;
}

/** How many bytes to read for a reader without a buffer of its own: as much as a pipe holds. */
const chunkSize = 65_536;

/** A byte stream of what `source` reads. */
export function byteStream(source: Source): ReadableStream<Uint8Array<ArrayBuffer>> {
  const fail = (error: unknown): never => {
    source.onError(error);
    throw error;
  };
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: chunkSize,
    pull(controller) {
      // Always set, because of autoAllocateChunkSize.
      const request = controller.byobRequest!;
      const view = request.view as Uint8Array<ArrayBuffer>;
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const respond = (count: number | null): void => {
        if (count === null) {
          controller.close();
          request.respond(0);
          source.onEnd();
        } else if (bytes.length === chunkSize && count < chunkSize / 2) {
          // A program may keep a chunk, and a few bytes must not keep 64 KiB of memory. A BYOB reader's own buffer of that size is filled all the same.
          controller.enqueue(bytes.slice(0, count));
        } else request.respond(count);
      };
      try {
        // If a chunk is there already, no promise is needed.
        const count = source.readNow(bytes);
        return count === undefined ? source.read(bytes).then(respond).catch(fail) : respond(count);
      } catch (error) {
        fail(error);
      }
    },
    cancel() {
      source.close();
    },
  });
}

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

/** O_ACCMODE. fcntl(2) */
const accessMode = O_RDWR | O_WRONLY;

/** Whether `fd` was opened for reading. */
export function canBeRead(fd: number): boolean {
  return (throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd) & accessMode) !== O_WRONLY;
}
