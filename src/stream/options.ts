/** Options of streams. */

import { checkBoolean, checkObject, inspectLine } from "../ffi/checks.ts";
import { EpollIOManager } from "../manager/epoll_io_manager.ts";

/** How an {@linkcode FdStream} uses its descriptor. */
export interface FdStreamOptions {
  /** The manager that waits for the descriptor. The default is the default manager. */
  readonly manager?: EpollIOManager | undefined;
  /**
   * Whether other descriptors refer to the same open file, in this program or in another. Use
   * `false` for a terminal, pipe or device that your program has just opened: the stream then makes
   * it nonblocking once, and needs neither a second descriptor nor a check before each read and
   * write. A child process that inherits the descriptor shares the file.
   *
   * @default {true}
   */
  readonly shared?: boolean | undefined;
}

/** Reads each option once, and throws a `TypeError` for a wrong value. */
export function checkStreamOptions(options: FdStreamOptions): FdStreamOptions {
  const { manager, shared } = checkObject("options", options);
  if (manager !== undefined && !(manager instanceof EpollIOManager)) {
    throw new TypeError(
      `The option manager must be an EpollIOManager, got ${inspectLine(manager)}`,
    );
  }
  if (shared !== undefined) checkBoolean("option shared", shared);
  return { manager, shared };
}
