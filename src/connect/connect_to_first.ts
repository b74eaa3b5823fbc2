/** Connecting to the first of several addresses that answers. */

import { closeFd } from "../manager/default_manager.ts";
import { AF_INET6 } from "../os/socket_constants.ts";
import { parseAddress } from "../os/address.ts";
import { clearTimeout, setTimeout, type Timer } from "../runtime/globals.ts";
import { type ConnectOptions, connectTo } from "./connect_to.ts";

/** How long one address is tried alone, in ms. RFC 8305, section 5 */
const headStart = 250;

/**
 * Resolves to a connection to one of `addresses`. Each is tried some time after the one before, or
 * once that has failed. Rejects with the last error.
 */
export function connectToFirst(
  addresses: readonly Uint8Array[],
  options: ConnectOptions,
): Promise<number> {
  if (addresses.length === 1) return connectTo(addresses[0]!, options);
  return new Race(alternateFamilies(addresses), options).run();
}

/** Attempts to connect. The first to succeed wins. */
class Race {
  readonly #addresses: readonly Uint8Array[];
  readonly #options: ConnectOptions;
  readonly #stop = new AbortController();
  readonly #winner = Promise.withResolvers<number>();
  #started = 0;
  #failed = 0;
  #timer: Timer | undefined;

  constructor(addresses: readonly Uint8Array[], options: ConnectOptions) {
    this.#addresses = addresses;
    this.#options = options;
  }

  async run(): Promise<number> {
    const { signal } = this.#options;
    const onAbort = () => this.#stop.abort(signal!.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#startNext();
      return await this.#winner.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      clearTimeout(this.#timer);
      this.#stop.abort();
    }
  }

  #startNext(): void {
    clearTimeout(this.#timer);
    if (this.#started === this.#addresses.length || this.#stop.signal.aborted) return;
    const address = this.#addresses[this.#started++]!;
    const options = { ...this.#options, signal: this.#stop.signal };
    connectTo(address, options).then((fd) => this.#won(fd), (error) => this.#lost(error));
    this.#timer = setTimeout(() => this.#startNext(), headStart);
    if (this.#options.ref === false) this.#timer.unref();
  }

  #won(fd: number): void {
    if (this.#stop.signal.aborted) return closeFd(fd);
    this.#winner.resolve(fd);
    this.#stop.abort();
  }

  #lost(error: unknown): void {
    this.#failed++;
    const all = this.#failed === this.#addresses.length;
    if (all || this.#stop.signal.aborted) this.#winner.reject(error);
    else this.#startNext();
  }
}

/**
 * The same addresses, those of IPv4 and IPv6 by turns, beginning with the first one's family. RFC
 * 8305, section 4
 */
function alternateFamilies(addresses: readonly Uint8Array[]): Uint8Array[] {
  const isSix = (address: Uint8Array) => parseAddress(address).family === AF_INET6;
  const first = addresses.filter((address) => isSix(address) === isSix(addresses[0]!));
  const second = addresses.filter((address) => isSix(address) !== isSix(addresses[0]!));
  const length = Math.max(first.length, second.length);
  return Array.from({ length }, (_, index) => [first[index], second[index]]).flat()
    .filter((address) => address !== undefined);
}
