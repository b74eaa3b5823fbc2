/**
 * Prints changes of network interfaces and their addresses, for some seconds.
 *
 *     deno run --allow-ffi examples/network_changes.ts 60
 *     bun examples/network_changes.ts 60
 *     node examples/network_changes.ts 60
 *
 * The kernel reports them through netlink(7). The waits don't keep the process alive, as suits a
 * library that listens in the background. Here a timer does, and the process exits when it expires.
 */

import { closeFd, SystemError, waitReadable } from "@fdready/fdready";
import {
  AF_INET,
  AF_NETLINK,
  bind,
  NETLINK_ROUTE,
  recvmsg,
  SOCK_RAW,
  socket,
} from "@fdready/fdready/os";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/network_changes.ts [seconds]
bun examples/network_changes.ts [seconds]
node examples/network_changes.ts [seconds]

Prints what changes in the network's settings, for 60 seconds by default.
`;

// linux/rtnetlink.h
const RTMGRP_LINK = 0x01;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV6_IFADDR = 0x100;
const kinds: Readonly<Record<number, Change["what"]>> = {
  16: "link", // RTM_NEWLINK, for a changed one too
  17: "link removed", // RTM_DELLINK
  20: "address", // RTM_NEWADDR
  21: "address removed", // RTM_DELADDR
};
const IFLA_IFNAME = 3;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/** sizeof(struct ifinfomsg) and (struct ifaddrmsg) */
const linkLength = 16;
const addressLength = 8;

/** A change. */
export interface Change {
  /**
   * The kind of change. `"overflow"` means that an unknown number of earlier changes is missing.
   */
  readonly what: "link" | "link removed" | "address" | "address removed" | "overflow";
  /** The number of the interface. */
  readonly index: number;
  /** The name of the interface, or the address in hexadecimal with its prefix. */
  readonly name: string;
}

/** How to listen. */
export interface Options {
  readonly signal?: AbortSignal;
  /** Whether to keep the process alive. The default is `false`. */
  readonly ref?: boolean;
}

/** Reports changes, from its construction on. */
export class NetworkWatcher implements Disposable {
  readonly #fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  #closed = false;

  constructor() {
    const address = new DataView(new ArrayBuffer(12)); // struct sockaddr_nl
    address.setUint16(0, AF_NETLINK, true);
    address.setUint32(8, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, true);
    try {
      bind(this.#fd, new Uint8Array(address.buffer));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Yields the changes in order. */
  async *changes({ signal, ref = false }: Options = {}): AsyncGenerator<Change, never> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const message = this.#receive(buffer);
      if (message === undefined) await waitReadable(this.#fd, { signal, ref });
      else yield* message;
    }
  }

  /** Stops listening. A pending call rejects with a `ClosedResourceError`. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeFd(this.#fd);
  }

  /** Stops listening, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  #receive(buffer: Uint8Array): Change[] | undefined {
    try {
      const message = recvmsg(this.#fd, buffer);
      if (message === undefined) return undefined;
      // Other processes can send such messages too. The kernel has number 0.
      const sender = new DataView(message.address.buffer).getUint32(4, true);
      return sender === 0 ? decode(buffer.subarray(0, message.length)) : [];
    } catch (error) {
      if (!(error instanceof SystemError && error.code === "ENOBUFS")) throw error;
      return [{ what: "overflow", index: 0, name: "" }];
    }
  }
}

/** Decodes messages: struct nlmsghdr is u32 len, u16 type, and so on. */
export function decode(bytes: Uint8Array): Change[] {
  return split(bytes, 16, (head) => head.getUint32(0, true)).flatMap(({ head, body }) => {
    const what = kinds[head.getUint16(4, true)];
    if (what === undefined || body.length < addressLength) return [];
    const index = new DataView(body.buffer, body.byteOffset).getInt32(4, true);
    return [{ what, index, name: what.startsWith("link") ? linkName(body) : addressName(body) }];
  });
}

/** Splits data into parts that begin with their length, each at a multiple of 4 bytes. */
function split(
  bytes: Uint8Array,
  headLength: number,
  lengthOf: (head: DataView) => number,
): { readonly head: DataView; readonly body: Uint8Array }[] {
  const parts = [];
  for (let at = 0; at + headLength <= bytes.length;) {
    const head = new DataView(bytes.buffer, bytes.byteOffset + at, headLength);
    const length = Math.max(headLength, lengthOf(head));
    parts.push({ head, body: bytes.subarray(at + headLength, at + length) });
    at += Math.ceil(length / 4) * 4;
  }
  return parts;
}

/** struct ifinfomsg: u8 family; u16 type; int index; …, and then attributes. */
function linkName(message: Uint8Array): string {
  const name = attributes(message.subarray(linkLength)).get(IFLA_IFNAME);
  return new TextDecoder().decode(name?.subarray(0, -1));
}

/** struct ifaddrmsg: u8 family, prefixlen, flags, scope; u32 index, and then attributes. */
function addressName(message: Uint8Array): string {
  const all = attributes(message.subarray(addressLength));
  // On a point-to-point interface, IFA_ADDRESS is the peer's address.
  const address = all.get(IFA_LOCAL) ?? all.get(IFA_ADDRESS) ?? new Uint8Array();
  const [family, prefix] = message;
  return `${family === AF_INET ? address.join(".") : address.toHex()}/${prefix}`;
}

/** struct rtattr: u16 len, type. */
function attributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const parts = split(bytes, 4, (head) => head.getUint16(0, true));
  return new Map(parts.map(({ head, body }) => [head.getUint16(2, true), body]));
}
async function printAll(watcher: NetworkWatcher): Promise<void> {
  for await (const { what, index, name } of watcher.changes()) console.log(what, index, name);
}

if (import.meta.main) {
  const { positionals: [seconds = "60"] } = readCommandLine(usage, {}, { most: 1 });
  setTimeout(() => console.log("done"), readInteger("the time", seconds, 0) * 1000);
  const watcher = new NetworkWatcher();
  console.log("watching");
  printAll(watcher);
}
