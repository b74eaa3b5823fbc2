/** Workers of `tests/programs/workers`, the same on all runtimes. */

import * as workerThreads from "node:worker_threads";
import { runtime } from "./programs.ts";

export interface WorkerMessages {
  postMessage(message: unknown): void;
  terminate(): void;
  /** The next message from the Worker. */
  next(): Promise<unknown>;
}

interface ThreadListener {
  onMessage(data: unknown): void;
  onError(message: string): void;
}

type Thread = Pick<WorkerMessages, "postMessage" | "terminate">;

function startThread(url: URL, { onMessage, onError }: ThreadListener): Thread {
  if (runtime === "node") {
    const worker = new workerThreads.Worker(url);
    worker.on("message", onMessage);
    worker.on("error", (error) => onError(String(error)));
    return worker;
  }
  const worker = new Worker(url.href, { type: "module" });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onError(event.message);
  };
  return worker;
}

/** Starts the Worker `name`. If it fails, {@linkcode WorkerMessages.next} rejects. */
export function startWorker(name: string): WorkerMessages & Disposable {
  const url = new URL(`../programs/workers/${name}.ts`, import.meta.url);
  const messages: unknown[] = [];
  const readers: PromiseWithResolvers<unknown>[] = [];
  let failure: Error | undefined;
  const worker = startThread(url, {
    onMessage(data) {
      const reader = readers.shift();
      if (reader === undefined) messages.push(data);
      else reader.resolve(data);
    },
    onError(message) {
      failure = new Error(`Worker ${name} failed: ${message}`);
      for (const reader of readers.splice(0)) reader.reject(failure);
    },
  });
  return {
    postMessage: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
    next: () => {
      if (messages.length > 0) return Promise.resolve(messages.shift());
      if (failure !== undefined) return Promise.reject(failure);
      const reader = Promise.withResolvers<unknown>();
      readers.push(reader);
      return reader.promise;
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}
