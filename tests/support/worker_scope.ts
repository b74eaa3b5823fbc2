/** The global scope of a Worker, with types that fit every runtime. */

interface WorkerScope {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** This Worker's global scope. */
export const scope = globalThis as unknown as WorkerScope;
