/** The global scope of a Worker, the same on all runtimes. */

import { parentPort } from "node:worker_threads";
import { runtime } from "./programs.ts";

interface WorkerScope {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Node's Workers have a port instead of a global scope. */
function createNodeScope(): WorkerScope {
  const scope: WorkerScope = {
    onmessage: null,
    postMessage: (message) => parentPort?.postMessage(message),
    close: () => parentPort?.close(),
  };
  parentPort?.on("message", (data) => scope.onmessage?.({ data }));
  return scope;
}

/** This Worker's global scope. */
export const scope: WorkerScope = runtime === "node"
  ? createNodeScope()
  : globalThis as unknown as WorkerScope;
