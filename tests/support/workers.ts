/** Workers of `tests/programs/workers`, the same under both runtimes. */

export interface WorkerMessages {
  postMessage(message: unknown): void;
  terminate(): void;
  /** The next message from the Worker. */
  next(): Promise<unknown>;
}

/** Starts the Worker `name`. If it fails, {@linkcode WorkerMessages.next} rejects. */
export function startWorker(name: string): WorkerMessages & Disposable {
  const url = new URL(`../programs/workers/${name}.ts`, import.meta.url);
  const worker = new Worker(url.href, { type: "module" });
  const messages: unknown[] = [];
  const readers: PromiseWithResolvers<unknown>[] = [];
  let failure: Error | undefined;
  worker.onmessage = ({ data }) => {
    const reader = readers.shift();
    if (reader === undefined) messages.push(data);
    else reader.resolve(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    failure = new Error(`Worker ${name} failed: ${event.message}`);
    for (const reader of readers.splice(0)) reader.reject(failure);
  };
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
