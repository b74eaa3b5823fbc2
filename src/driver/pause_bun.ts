/** Pauses between turns in Bun. */

import { capturedMessageChannel, type MessageChannelLike } from "../runtime/globals.ts";
import type { PauseKind } from "./pause_kind.ts";

let channel: MessageChannelLike | undefined;
const waiting: (() => void)[] = [];

/**
 * After an uncaught error, Bun ends the program before the next iteration of its event loop, but
 * not while callbacks of `setImmediate` are pending. A message arrives in the next iteration, 10 µs
 * later.
 */
function waitForMessage(resume: () => void): void {
  channel ??= openChannel();
  waiting.push(resume);
  channel.port1.ref();
  channel.port2.postMessage(undefined);
}

function openChannel(): MessageChannelLike {
  const channel = new (capturedMessageChannel())();
  channel.port1.onmessage = () => {
    const resume = waiting.shift();
    if (waiting.length === 0) channel.port1.unref();
    resume?.();
  };
  return channel;
}

export const pauseInBun: PauseKind = { sufficientTurns: Infinity, start: waitForMessage };
