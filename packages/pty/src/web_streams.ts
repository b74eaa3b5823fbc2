/** One end of a pseudo-terminal as web streams. */

import { inspect } from "node:util";
import type { PtyEnd } from "./pty_end.ts";

/** Reads `end`, but no faster than the reader. Calls `onEnd` at the end, or when the reader cancels. */
export function createReadable(
  end: PtyEnd,
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
      end.onReadable = () => {
        if (pulled === undefined) end.reading = false;
        else if (readInto(controller, end, onEnd)) settle();
      };
    },
    pull() {
      pulled = Promise.withResolvers();
      const { promise } = pulled;
      end.reading = true;
      return promise;
    },
    cancel() {
      settle();
      onEnd();
    },
  });
}

/** Passes on the available bytes, or the end. Returns `false` if there is nothing yet. */
function readInto(
  controller: ReadableByteStreamController,
  end: PtyEnd,
  onEnd: () => void,
): boolean {
  const request = controller.byobRequest;
  const view = request?.view;
  try {
    const chunk = view ? end.read(bytesOf(view)) : end.read();
    if (chunk === undefined) return false;
    if (chunk === null) {
      controller.close();
      request?.respond(0);
      onEnd();
    } else if (request) {
      request.respond(chunk.length);
    } else {
      controller.enqueue(new Uint8Array(chunk));
    }
  } catch (error) {
    controller.error(error);
    onEnd();
  }
  return true;
}

/** Writes to `end`, each chunk once there is room for it. */
export function createWritable(end: PtyEnd): WritableStream<ArrayBufferView> {
  return new WritableStream({
    write(chunk) {
      if (!ArrayBuffer.isView(chunk)) {
        throw new TypeError(
          `A chunk must be an ArrayBufferView, such as a Uint8Array, got ${inspect(chunk)}`,
        );
      }
      return new Promise<void>((resolve, reject) => {
        end.write(bytesOf(chunk), (error) => error === null ? resolve() : reject(error));
      });
    },
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
