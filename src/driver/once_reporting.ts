/** Files that report an event only once, to the first that polls them. */

import { mayReportOnce } from "../sys/file_type.ts";

/** Knows whether an epoll instance may have such a file. */
export class OnceReporting {
  #wasFound = false;
  /** Descriptors that were added since the last look. */
  readonly #unknown = new Set<number>();

  /** The instance has `fd`, too. */
  add(fd: number): void {
    if (!this.#wasFound) this.#unknown.add(fd);
  }

  /** Looks at new files. Returns whether one of all files may report an event only once. */
  find(): boolean {
    for (const fd of this.#unknown) this.#wasFound ||= mayReportOnce(fd);
    this.#unknown.clear();
    return this.#wasFound;
  }
}
