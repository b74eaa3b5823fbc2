/** A stream's reading direction as a web stream. */

/** What is read from. */
interface Source {
  read(buffer: Uint8Array): Promise<number | null>;
  close(): void;
}

/** Bytes to read at a time for those who bring no buffer: what a pipe holds. */
const chunkSize = 65_536;

/** A byte stream of what `source` gives; calls `onEnd` at its end. */
export function byteStream(
  source: Source,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: chunkSize,
    async pull(controller) {
      // There always is one, thanks to autoAllocateChunkSize.
      const request = controller.byobRequest!;
      const view = request.view as Uint8Array<ArrayBuffer>;
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const count = await source.read(bytes);
      if (count !== null) return request.respond(count);
      controller.close();
      request.respond(0);
      onEnd();
    },
    cancel() {
      source.close();
    },
  });
}
