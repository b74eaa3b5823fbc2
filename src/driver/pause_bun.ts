/** Pauses between turns in Bun. */

import type { PauseKind } from "./pause_kind.ts";

/** The members of MessagePort that are used here. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
}
declare const MessageChannel: new () => { readonly port1: Port; readonly port2: Port };

let channel: { readonly port1: Port; readonly port2: Port } | undefined;
const waiting: (() => void)[] = [];

/**
 * After an uncaught error, Bun ends the program before the next iteration of its event loop, but not while
 * callbacks of `setImmediate` are pending. A message arrives in the next iteration, 10 µs later.
 */
function waitForMessage(resume: () => void): void {
  channel ??= openChannel();
  waiting.push(resume);
  channel.port1.ref();
  channel.port2.postMessage(undefined);
}

function openChannel(): { readonly port1: Port; readonly port2: Port } {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const resume = waiting.shift();
    if (waiting.length === 0) port1.unref();
    resume?.();
  };
  return { port1, port2 };
}

export const pauseInBun: PauseKind = { sufficientTurns: Infinity, start: waitForMessage };
