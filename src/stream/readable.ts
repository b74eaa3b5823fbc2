/** A stream's reading direction as a web stream. */

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
