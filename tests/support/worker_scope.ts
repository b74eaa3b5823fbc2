/** The inside of a Worker, typed for neither runtime in particular. */

interface WorkerScope {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** This Worker's global scope. */
export const scope = globalThis as unknown as WorkerScope;
