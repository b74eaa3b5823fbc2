/** The Workers of the thread doorbell in Bun. */

import { translateForBun } from "../ffi/bun.ts";
import { libc } from "../ffi/libc.ts";
import { coreSymbols, pollSymbols } from "../ffi/symbols.ts";
import type { BlockingWorker, BlockingWorkerListener, WorkerKind } from "./thread_worker.ts";

/** The part of Bun's Worker that is used here, so that no runtime's type package is needed. */
interface BunWorker extends BlockingWorker, EventTarget {}
declare const Worker: new (url: string, options: { smol: boolean; ref: boolean }) => BunWorker;

function createPrologue(): string {
  const table = translateForBun({ ...pollSymbols, epoll_wait: coreSymbols.epoll_wait });
  return `
    const { dlopen } = process.getBuiltinModule("bun:ffi");
    const { symbols: functions } = dlopen(
      ${JSON.stringify(libc().path)},
      ${JSON.stringify(table)},
    );
    const onFirstMessage = (listener) => self.onmessage = ({ data }) => listener(data);
    const post = (message) => postMessage(message);
  `;
}

function start(source: string, { onMessage, onEnd }: BlockingWorkerListener): BunWorker {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { smol: true, ref: false });
  let reason = "it ended";
  worker.addEventListener("message", (event) => onMessage((event as MessageEvent).data));
  worker.addEventListener("error", (event) => {
    if ("message" in event) reason = String(event.message);
    worker.terminate();
  });
  worker.addEventListener("close", () => {
    URL.revokeObjectURL(url);
    onEnd(reason);
  });
  return worker;
}

export const bunWorkers: WorkerKind = { descriptors: 2, createPrologue, start };
