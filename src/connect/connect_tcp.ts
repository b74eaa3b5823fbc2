/** Connections over TCP. */

import { checkBoolean, checkInteger, inspectLine } from "../ffi/checks.ts";
import { inetAddress, isIpAddress } from "../os/address.ts";
import { lookUpHost } from "../runtime/host_names.ts";
import { connectToFirst } from "./connect_to_first.ts";
import type { ConnectOptions } from "./connect_to.ts";
import { checkConnectOptions, type ConnectTcpOptions } from "./options.ts";

/**
 * Connects to a TCP port. The runtime resolves host names, which needs `--allow-net` in Deno. An IP
 * address doesn't. If a name has several addresses, each is tried 250 ms after the previous one, or
 * once that has failed, and the first connection wins (Happy Eyeballs, RFC 8305).
 *
 * A new connection combines small writes (Nagle's algorithm): the second of two small writes waits
 * until the peer has acknowledged the first, which it may delay by 40 ms. If you write requests in
 * pieces, set `noDelay`, or write each request at once.
 *
 * @param host A host name, or an IPv4 or IPv6 address: without brackets, optionally with a zone as
 * in `"fe80::1%eth0"`.
 * @param port The port.
 * @param options A signal to cancel it, `noDelay`, and whether waiting keeps the process alive.
 * @returns A promise that resolves to the descriptor, nonblocking and close-on-exec. Close it when
 * you no longer need it.
 * @throws {SystemError} As connect(2), with the address: `ECONNREFUSED`, `ETIMEDOUT`,
 * `EHOSTUNREACH`. With several addresses, the error of the last one that failed.
 * @throws {Error} The runtime's own error if it can't resolve the name.
 * @throws {TypeError} If `host` isn't a string or is empty, `port` isn't an integer, or an option
 * has the wrong type.
 * @throws {RangeError} If `port` isn't from 0 to 65,535.
 *
 * @example Connect with a time limit
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { connectTcp } from "@fdready/fdready";
 * import { close, getpeername, listenTcp, localPort, parseAddress } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * const signal = AbortSignal.timeout(10_000);
 * const fd = await connectTcp("127.0.0.1", localPort(listener), { noDelay: true, signal });
 * assertEquals(parseAddress(getpeername(fd)).port, localPort(listener));
 * for (const open of [fd, listener]) close(open);
 * ```
 */
export async function connectTcp(
  host: string,
  port: number,
  options: ConnectTcpOptions = {},
): Promise<number> {
  const checked = checkConnectOptions(options);
  const { noDelay = false } = options;
  checkBoolean("option noDelay", noDelay);
  checkInteger("port", port, 0, 65535);
  if (typeof host !== "string" || host === "" || host.includes("\0") || !host.isWellFormed()) {
    throw new TypeError(`The host must be an IP address or a name, got ${inspectLine(host)}`);
  }
  const hosts = isIpAddress(host) ? [host] : await resolve(host, checked.signal);
  const addresses = hosts.map((ip) => inetAddress(ip, port));
  return await connectToFirst(addresses, { ...checked, noDelay } satisfies ConnectOptions);
}

/** The runtime's resolver can't be cancelled. The signal ends the wait for it. */
async function resolve(host: string, signal: AbortSignal | undefined): Promise<string[]> {
  const found = lookUpHost(host);
  if (signal === undefined) return await found;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([found, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    found.catch(() => {});
  }
}
