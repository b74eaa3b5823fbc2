/** Connecting to one address. */

import {
  EAGAIN,
  EALREADY,
  EINPROGRESS,
  EINTR,
  EISCONN,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_STREAM,
} from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { osLibc } from "../ffi/libc.ts";
import { notifyClosing, waitWritable } from "../manager/default_manager.ts";
import type { WaitOptions } from "../manager/options.ts";
import { describeAddress, parseAddress } from "../os/address.ts";
import { tryConnect } from "../os/socket.ts";
import { IPPROTO_TCP, TCP_NODELAY } from "../os/socket_constants.ts";
import { setsockopt } from "../os/socket_options.ts";
import { clearTimeout, setTimeout } from "../runtime/globals.ts";
import { OwnedFd } from "../sys/owned_fd.ts";

/** How to connect to one address. */
export interface ConnectOptions extends WaitOptions {
  readonly noDelay?: boolean | undefined;
}

/**
 * How long to wait, in ms, before trying again to connect to a Unix socket that has no room. It
 * doesn't become ready when there is some.
 */
const shortestPause = 1;
const longestPause = 32;

/** Resolves to a connected stream socket. Nothing is left open after any failure. */
export async function connectTo(address: Uint8Array, options: ConnectOptions): Promise<number> {
  options.signal?.throwIfAborted();
  const { family } = parseAddress(address);
  const type = SOCK_STREAM | O_NONBLOCK | O_CLOEXEC;
  const owned = new OwnedFd(() => osLibc().socket(family, type, 0), "socket");
  try {
    if (options.noDelay) setsockopt(owned.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    await connected(owned.fd, address, options);
    // The signal may have aborted since the last wait.
    options.signal?.throwIfAborted();
    return owned.release();
  } catch (error) {
    notifyClosing(owned.fd);
    owned.close();
    throw error;
  }
}

/** Connects. Calling connect(2) again for the same socket reports the outcome of the first call. */
async function connected(fd: number, address: Uint8Array, options: WaitOptions): Promise<void> {
  for (let pause = shortestPause;;) {
    const errno = tryConnect(fd, address);
    if (errno === 0 || errno === EISCONN) return;
    if (errno === EINPROGRESS || errno === EALREADY || errno === EINTR) {
      await waitWritable(fd, options);
    } else if (errno === EAGAIN) {
      await delay(pause, options);
      pause = Math.min(2 * pause, longestPause);
    } else {
      throw systemError(errno, "connect", { preposition: "to", ...describeAddress(address) });
    }
  }
}

/** Resolves after `milliseconds`, or rejects with the signal's reason. */
async function delay(milliseconds: number, { signal, ref }: WaitOptions): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    if (ref === false) timer.unref();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
