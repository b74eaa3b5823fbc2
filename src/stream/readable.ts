/** A stream's reading direction as a web stream. */

/** What is read from. */
export interface Source {
  /** Reads what is there: the number of bytes, `null` at the end, `undefined` if it would block. */
  readNow(buffer: Uint8Array): number | null | undefined;
  /** Reads what is there or what comes. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** The end has been read. */
  onEnd(): void;
  /** The web stream can't go on. */
  onError(error: unknown): void;
  close(): void;
}

/** Bytes to read at a time for those who bring no buffer: what a pipe holds. */
const chunkSize = 65_536;

/** A byte stream of what `source` gives. */
export function byteStream(source: Source): ReadableStream<Uint8Array<ArrayBuffer>> {
  const fail = (error: unknown): never => {
    source.onError(error);
    throw error;
  };
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: chunkSize,
    pull(controller) {
      // There always is one, thanks to autoAllocateChunkSize.
      const request = controller.byobRequest!;
      const view = request.view as Uint8Array<ArrayBuffer>;
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const respond = (count: number | null): void => {
        if (count === null) {
          controller.close();
          request.respond(0);
          source.onEnd();
        } else if (bytes.length === chunkSize && count < chunkSize / 2) {
          // A chunk may be kept for long, and must not keep 64 KiB for a few bytes. Where a BYOB reader
          // has brought as much, this fills its buffer all the same.
          controller.enqueue(bytes.slice(0, count));
        } else request.respond(count);
      };
      try {
        // A chunk that is there costs no promise.
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
