/** Files that report an event only once, to the first that polls them. */

import { mayReportOnce } from "../sys/file_type.ts";

/** How many new files are looked at in one go. Each takes one or two system calls. */
const maxLooks = 32;

/** Knows whether an epoll instance may have such a file. */
export class OnceReporting {
  #wasFound = false;
  /** Descriptors that were added since the last look. */
  readonly #unknown = new Set<number>();

  /** The instance has `fd`, too. */
  add(fd: number): void {
    if (!this.#wasFound) this.#unknown.add(fd);
  }

  /**
   * Looks at new files. Returns whether one of all files may report an event only once. It may as
   * long as it hasn't been looked at.
   */
  find(): boolean {
    let looksLeft = maxLooks;
    for (const fd of this.#unknown) {
      if (looksLeft-- === 0) return true;
      this.#unknown.delete(fd);
      if (mayReportOnce(fd)) {
        this.#wasFound = true;
        this.#unknown.clear();
      }
    }
    return this.#wasFound;
  }
}
