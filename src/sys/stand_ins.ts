/** Descriptors that are waited for instead of others of the same files. */

const standIns = new Map<number, Set<number>>();

/** Has the waits for `own` end when `fd` is announced to be closed; until the result is called. */
export function addAlias(own: number, fd: number): () => void {
  const all = standIns.get(fd) ?? new Set();
  standIns.set(fd, all.add(own));
  return () => {
    all.delete(own);
    if (all.size === 0 && standIns.get(fd) === all) standIns.delete(fd);
  };
}

/** What is waited for in the place of `fd`. */
export function aliasesOf(fd: number): Iterable<number> {
  return standIns.get(fd) ?? [];
}
