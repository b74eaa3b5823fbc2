/** Closing the resources of an object that the program can no longer reach. */

let registry: FinalizationRegistry<{ close(): unknown }> | undefined;

/**
 * Closes `resource` some time after `owner` has become unreachable. `resource` must not refer to
 * `owner`, or `owner` would stay reachable.
 *
 * @param owner The object that the program holds.
 * @param resource What is to be closed. Closing it twice must do no harm.
 * @returns A function that cancels this, for an `owner` that was closed.
 */
export function closeOnFinalization(owner: object, resource: { close(): unknown }): () => void {
  const known = registry ??= new FinalizationRegistry(closeQuietly);
  known.register(owner, resource, resource);
  return () => void known.unregister(resource);
}

/** An error that a finalizer throws can't be caught. */
async function closeQuietly(resource: { close(): unknown }): Promise<void> {
  try {
    await resource.close();
  } catch {
    // As when the program has closed the descriptor by other means.
  }
}
