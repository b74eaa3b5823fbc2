/**
 * A UDP server that returns each datagram to its sender.
 *
 *     deno run --allow-ffi examples/udp_echo.ts 127.0.0.1 7007
 *     bun examples/udp_echo.ts 127.0.0.1 7007
 *     node examples/udp_echo.ts 127.0.0.1 7007
 *
 * Port 0, the default, means any free port. The program doesn't need --allow-net, because it
 * doesn't use Deno's own network functions.
 */

import { closeFd, SystemError, waitReadable, waitWritable } from "@fdready/fdready";
import {
  bind,
  inetAddress,
  localPort,
  parseAddress,
  recvmsg,
  sendmsg,
  SOCK_DGRAM,
  socket,
} from "@fdready/fdready/os";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/udp_echo.ts [address] [port]
bun examples/udp_echo.ts [address] [port]
node examples/udp_echo.ts [address] [port]

Sends back what it gets by UDP. The address is 127.0.0.1 by default. Port 0, the default, is any that
is free.
`;

export interface Options {
  /** Ends pending waits when it aborts. */
  readonly signal?: AbortSignal;
}

/** A datagram, and the address of its sender or receiver. */
export interface Datagram {
  /** The data, which may be empty. */
  readonly data: Uint8Array;
  /** The address, from `inetAddress` or from a received datagram. */
  readonly address: Uint8Array;
}

/** Opens a UDP socket that is bound to `port` of the local address `host`. */
export function openUdp(host: string, port: number): number {
  const address = inetAddress(host, port);
  const fd = socket(parseAddress(address).family, SOCK_DGRAM);
  try {
    bind(fd, address);
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * Receives the next datagram. Its data is in `buffer`, until the next call with the same buffer.
 */
export async function receive(
  fd: number,
  buffer: Uint8Array,
  options?: Options,
): Promise<Datagram> {
  for (;;) {
    const message = recvmsg(fd, buffer);
    if (message !== undefined) {
      return { data: buffer.subarray(0, message.length), address: message.address };
    }
    await waitReadable(fd, options);
  }
}

/** Sends a datagram as soon as there is space. */
export async function send(fd: number, datagram: Datagram, options?: Options): Promise<void> {
  while (sendmsg(fd, datagram) === undefined) await waitWritable(fd, options);
}

/** Returns each datagram to its sender, until the signal aborts. Then rejects with its reason. */
export async function serve(fd: number, options?: Options): Promise<never> {
  // Longer than any datagram.
  const buffer = new Uint8Array(65_536);
  for (;;) {
    try {
      await send(fd, await receive(fd, buffer, options), options);
    } catch (error) {
      // A datagram that can't be sent is dropped.
      if (!(error instanceof SystemError && error.syscall === "sendmsg")) throw error;
    }
  }
}

if (import.meta.main) {
  const { positionals: [host = "127.0.0.1", port = "0"] } = readCommandLine(usage, {}, { most: 2 });
  const fd = openUdp(host, readInteger("the port", port, 0, 65535));
  try {
    console.log(`listening on port ${localPort(fd)}`);
    await serve(fd);
  } finally {
    closeFd(fd);
  }
}
