/**
 * A UDP server that sends each datagram back to its sender.
 *
 *     deno run --allow-ffi examples/udp_echo.ts 127.0.0.1 7007
 *     bun examples/udp_echo.ts 127.0.0.1 7007
 *
 * Port 0, the default, stands for any free port. It needs no --allow-net, since it doesn't use
 * Deno's own network functions.
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

Sends back what it gets by UDP. The address is 127.0.0.1 by default. Port 0, the default, is any that
is free.
`;

export interface Options {
  /** Ends what waits when it aborts. */
  readonly signal?: AbortSignal;
}

/** A datagram, and where it is from or where to. */
export interface Datagram {
  /** It may be empty. */
  readonly data: Uint8Array;
  /** Made by `inetAddress`, or told by an earlier datagram. */
  readonly address: Uint8Array;
}

/** Opens a socket for datagrams to and from `port` of this host. */
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

/** The next datagram. Its data are in `buffer`, until the next one is received there. */
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

/** Sends a datagram, once there is room for it. */
export async function send(fd: number, datagram: Datagram, options?: Options): Promise<void> {
  while (sendmsg(fd, datagram) === undefined) await waitWritable(fd, options);
}

/** Sends back what `fd` receives, until the signal aborts, whose reason it then rejects with. */
export async function serve(fd: number, options?: Options): Promise<never> {
  // Longer than any datagram.
  const buffer = new Uint8Array(65_536);
  for (;;) {
    try {
      await send(fd, await receive(fd, buffer, options), options);
    } catch (error) {
      // Whom it can't be sent to, that one doesn't get it.
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
