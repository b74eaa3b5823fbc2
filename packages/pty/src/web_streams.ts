/** One end of a pseudo-terminal as web streams. */

import { inspect } from "node:util";
import type { PtyEnd } from "./pty_end.ts";
import type { PendingWrite } from "./write_queue.ts";

/**
 * Reads `end`, but no faster than the reader, after the bytes in `unread`. Calls `onEnd` at the
 * end, or when the reader cancels. Once `end` has been closed, the stream is at its end.
 */
export function createReadable(
  end: PtyEnd,
  unread: Uint8Array<ArrayBuffer>,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let pulled: PromiseWithResolvers<void> | undefined;
  const settle = () => {
    end.reading = false;
    pulled?.resolve();
    pulled = undefined;
  };
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      if (unread.length > 0) controller.enqueue(unread);
      end.onReadable = () => {
        if (pulled === undefined) {
          end.reading = false;
          return;
        }
        const state = readInto(controller, end);
        if (state === "nothing") return;
        settle();
        if (state === "ended") onEnd();
      };
    },
    pull() {
      pulled = Promise.withResolvers();
      const { promise } = pulled;
      end.reading = true;
      if (end.closed) end.onReadable();
      return promise;
    },
    cancel() {
      settle();
      onEnd();
    },
  });
}

/** Passes on the available bytes, or the end. */
function readInto(
  controller: ReadableByteStreamController,
  end: PtyEnd,
): "nothing" | "data" | "ended" {
  const request = controller.byobRequest;
  const view = request?.view;
  try {
    const chunk = view ? end.read(bytesOf(view)) : end.read();
    if (chunk === undefined) return "nothing";
    if (chunk === null) {
      controller.close();
      request?.respond(0);
      return "ended";
    }
    if (request) request.respond(chunk.length);
    else controller.enqueue(new Uint8Array(chunk));
    return "data";
  } catch (error) {
    controller.error(error);
    return "ended";
  }
}

/**
 * Writes to `end`, each chunk once there is room for it. Aborting the stream gives up the rest of a
 * chunk.
 */
export function createWritable(end: PtyEnd): WritableStream<ArrayBufferView> {
  let pending: PendingWrite | undefined;
  return new WritableStream({
    start(controller) {
      // Not in the types of Bun.
      const { signal } = controller as WritableStreamDefaultController & { signal: AbortSignal };
      signal.addEventListener("abort", () => {
        if (pending !== undefined) end.cancelWrite(pending, signal.reason);
      });
    },
    write(chunk) {
      if (!ArrayBuffer.isView(chunk)) {
        throw new TypeError(
          `A chunk must be an ArrayBufferView, such as a Uint8Array, got ${inspect(chunk)}`,
        );
      }
      return new Promise<void>((resolve, reject) => {
        pending = end.write(bytesOf(chunk), (error) => {
          pending = undefined;
          if (error === null) resolve();
          else reject(error);
        });
      });
    },
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
