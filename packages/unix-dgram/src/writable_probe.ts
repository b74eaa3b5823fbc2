/** Waiting until a receiver has room, for a socket that isn't connected to it. */

import { closeFd, type FdWatch, watch } from "@fdready/fdready";
import { AF_UNIX, connect, SOCK_DGRAM, socket } from "@fdready/fdready/os";

/**
 * A second socket, which is connected to a busy receiver. The kernel reports a socket that isn't
 * connected as writable at any time. But it reports a connected one only if its receiver has room.
 */
export class WritableProbe {
  readonly #onWritable: () => void;
  #watch: FdWatch | undefined;

  /**
   * Creates a closed probe.
   *
   * @param onWritable Called when the receiver has room.
   */
  constructor(onWritable: () => void) {
    this.#onWritable = onWritable;
  }

  /**
   * Waits for the receiver at `address`. Returns `false` if that isn't possible, because the
   * receiver is gone or no descriptor is left.
   */
  start(address: Uint8Array, isRef: boolean): boolean {
    try {
      this.#watch ??= this.#open(address);
      if (!isRef) this.#watch.unref();
      this.#watch.interest({ writable: true });
      return true;
    } catch {
      this.close();
      return false;
    }
  }

  #open(address: Uint8Array): FdWatch {
    const fd = socket(AF_UNIX, SOCK_DGRAM);
    try {
      connect(fd, address);
      return watch(fd, {}, () => {
        this.#watch?.interest({});
        this.#onWritable();
      });
    } catch (error) {
      closeFd(fd);
      throw error;
    }
  }

  /** Sets whether the wait keeps the process alive. */
  setRef(isRef: boolean): void {
    if (isRef) this.#watch?.ref();
    else this.#watch?.unref();
  }

  /** Ends the wait. */
  close(): void {
    const { fd } = this.#watch ?? {};
    this.#watch?.close();
    this.#watch = undefined;
    if (fd !== undefined) closeFd(fd);
  }
}
