/** The two directions of a stream as web streams. */

import type { WaitOptions } from "../manager/options.ts";

/** Where the bytes of a `ReadableStream` come from. */
export interface Source {
  /**
   * Reads without waiting: the number of bytes, `null` at the end, `undefined` if it has to wait.
   */
  readNow(buffer: Uint8Array): number | null | undefined;
  /** Reads, waiting first if need be: the number of bytes, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Called after the end has been read. */
  onEnd(): void;
  /** Called when the web stream fails. */
  onError(): void;
  close(): void;
}

/** How many bytes to read for a reader that brings no buffer: the capacity of a pipe. */
const chunkSize = 65_536;

/** Makes a byte stream of the bytes that `source` reads. */
export function createReadable(source: Source): ReadableStream<Uint8Array<ArrayBuffer>> {
  const fail = (error: unknown): never => {
    source.onError();
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
          // A program may keep the chunk, and a few bytes must not keep 64 KiB of memory. If the
          // buffer is a BYOB reader's, enqueue() copies the bytes into it.
          controller.enqueue(bytes.slice(0, count));
        } else request.respond(count);
      };
      try {
        // A chunk that needs no wait needs no promise.
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

/** Where the bytes of a `WritableStream` go. */
export interface Sink {
  writeAll(data: ArrayBufferView, options: WaitOptions): Promise<void>;
  /** Ends the direction, since the web stream was closed. */
  end(): Promise<void>;
  /** Called when the web stream fails. */
  onError(): void;
  close(): void;
}

/** Makes a stream that writes its chunks to `sink`. */
export function createWritable(sink: Sink): WritableStream<ArrayBufferView> {
  const closeOnError = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      sink.onError();
      throw error;
    }
  };
  return new WritableStream({
    write(chunk, controller) {
      // An abort waits for the pending write, which the signal ends.
      return closeOnError(sink.writeAll(chunk, { signal: getSignal(controller) }));
    },
    close() {
      return closeOnError(sink.end());
    },
    abort() {
      sink.close();
    },
  });
}

/** Not every runtime's types have the signal. */
function getSignal(controller: object): AbortSignal | undefined {
  if ("signal" in controller && controller.signal instanceof AbortSignal) return controller.signal;
  return undefined;
}
