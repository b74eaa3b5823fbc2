/**
 * Prints a line for each packet on a network interface, through libpcap.
 *
 *     deno run --allow-ffi examples/pcap.ts lo "udp port 53"
 *     bun examples/pcap.ts lo "udp port 53"
 *     node examples/pcap.ts lo "udp port 53"
 *
 * It needs the right to capture packets, which root has, and libpcap: in Debian, the package
 * libpcap0.8.
 */

import process from "node:process";
import { type FdWatch, watch } from "@fdready/fdready";
import { readCommandLine } from "./support/command_line.ts";
import {
  bpfProgramLength,
  DLT_EN10MB,
  libpcap,
  PCAP_ERRBUF_SIZE,
  PCAP_ERROR,
  PCAP_NETMASK_UNKNOWN,
  pcap_pkthdr,
} from "./support/libpcap.ts";
import { bytesAt, cString, stringAt } from "./support/library.ts";

const usage = `
deno run --allow-ffi examples/pcap.ts <interface> [filter]
bun examples/pcap.ts <interface> [filter]
node examples/pcap.ts <interface> [filter]

Prints a line for each packet on the interface that passes the filter, in the language of
pcap-filter(7).
`;

/**
 * The bytes to capture of each packet. The kernel has 2 MiB for packets that were not read yet, in
 * slots of this size, and drops the rest.
 */
const longest = 2048;

/** A captured packet. */
export interface Packet {
  /** The link layer's type, `DLT_*`, which determines the header. */
  readonly linkType: number;
  /** The time of its arrival, in ms since 1970, with fractions. */
  readonly time: number;
  /** The length on the wire. */
  readonly length: number;
  /** The bytes from the link layer's header on, at most 2048. */
  readonly data: Uint8Array;
}

/** An error from libpcap. */
export class PcapError extends Error {
  override readonly name = "PcapError";
}

export interface CaptureOptions {
  /** The packets to capture, in the language of pcap-filter(7); all by default. */
  readonly filter?: string;
  /** Called with an error that ends the capture. */
  readonly onError?: (error: PcapError) => void;
}

/** Captures the packets on a network interface until it is closed. */
export class Capture implements Disposable {
  #handle: bigint;
  #watch: FdWatch | undefined;
  readonly #pointers = new BigUint64Array(new ArrayBuffer(16));

  constructor(
    device: string,
    listener: (packet: Packet) => void,
    { filter, onError }: CaptureOptions = {},
  ) {
    this.#handle = openHandle(device);
    try {
      if (filter !== undefined) this.#setFilter(filter);
      const fd = libpcap().pcap_get_selectable_fd(this.#handle);
      if (fd === -1) throw new PcapError(`${device} has no descriptor to wait for`);
      this.#watch = watch(fd, { readable: true }, () => {
        try {
          // The descriptor is readable until all packets have been read.
          for (let packet; (packet = this.#next()) !== undefined;) listener(packet);
        } catch (error) {
          if (!(error instanceof PcapError)) throw error;
          this.close();
          onError?.(error);
        }
      });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Ends the capture. Idempotent. */
  close(): void {
    // Before libpcap closes the descriptor, whose number another file may get.
    this.#watch?.close();
    if (this.#handle !== 0n) libpcap().pcap_close(this.#handle);
    this.#handle = 0n;
  }

  /** Does the same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #setFilter(filter: string): void {
    const program = new Uint8Array(new ArrayBuffer(bpfProgramLength));
    const text = cString(filter);
    const { pcap_compile, pcap_setfilter, pcap_freecode } = libpcap();
    this.#check(pcap_compile(this.#handle, program, text, 1, PCAP_NETMASK_UNKNOWN));
    try {
      this.#check(pcap_setfilter(this.#handle, program));
    } finally {
      pcap_freecode(program);
    }
  }

  /** The next packet; undefined if there is none, or the listener has closed the capture. */
  #next(): Packet | undefined {
    if (this.#handle === 0n) return undefined;
    const [header, data] = [this.#pointers.subarray(0, 1), this.#pointers.subarray(1)];
    if (this.#check(libpcap().pcap_next_ex(this.#handle, header, data)) !== 1) return undefined;
    const bytes = bytesAt(libpcap(), header[0]!, pcap_pkthdr.length);
    const struct = new DataView(bytes.buffer);
    const seconds = Number(struct.getBigInt64(pcap_pkthdr.seconds, true));
    const microseconds = Number(struct.getBigInt64(pcap_pkthdr.microseconds, true));
    return {
      linkType: libpcap().pcap_datalink(this.#handle),
      time: seconds * 1000 + microseconds / 1000,
      length: struct.getUint32(pcap_pkthdr.len, true),
      data: bytesAt(libpcap(), data[0]!, struct.getUint32(pcap_pkthdr.caplen, true)),
    };
  }

  #check(result: number): number {
    if (result !== PCAP_ERROR) return result;
    throw new PcapError(stringAt(libpcap(), libpcap().pcap_geterr(this.#handle)));
  }
}

function openHandle(device: string): bigint {
  const pcap = libpcap();
  const message = new Uint8Array(PCAP_ERRBUF_SIZE);
  const handle = pcap.pcap_create(cString(device), message);
  if (handle === 0n) throw new PcapError(textIn(message));
  try {
    pcap.pcap_set_snaplen(handle, longest);
    // Without it, packets are held back until a buffer is full.
    pcap.pcap_set_immediate_mode(handle, 1);
    const status = pcap.pcap_activate(handle);
    if (status < 0) {
      throw new PcapError(`${device}: ${stringAt(pcap, pcap.pcap_geterr(handle))}`);
    }
    if (pcap.pcap_setnonblock(handle, 1, message) === PCAP_ERROR) {
      throw new PcapError(textIn(message));
    }
    return handle;
  } catch (error) {
    pcap.pcap_close(handle);
    throw error;
  }
}

function textIn(message: Uint8Array): string {
  return new TextDecoder().decode(message.subarray(0, message.indexOf(0)));
}

const etherTypes: Readonly<Record<number, string>> = {
  0x0800: "IPv4",
  0x0806: "ARP",
  0x86dd: "IPv6",
};
const protocols: Readonly<Record<number, string>> = {
  1: "ICMP",
  6: "TCP",
  17: "UDP",
  58: "ICMPv6",
};

/**
 * Describes a packet with an Ethernet header, such as "IPv4 UDP 127.0.0.1:53 > 127.0.0.1:40000".
 */
export function describePacket(data: Uint8Array): string {
  if (data.length < 14) return "incomplete";
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const type = view.getUint16(12);
  const name = etherTypes[type] ?? `type 0x${type.toString(16)}`;
  if (name !== "IPv4" || data.length < 34) return name;
  const protocol = protocols[data[23]!] ?? `protocol ${data[23]}`;
  const ports = 14 + 4 * (data[14]! & 15);
  const hasPorts = (protocol === "TCP" || protocol === "UDP") && data.length >= ports + 4;
  const [source, destination] = [26, 30].map((start, index) => {
    const host = data.subarray(start, start + 4).join(".");
    return hasPorts ? `${host}:${view.getUint16(ports + 2 * index)}` : host;
  });
  return `${name} ${protocol} ${source} > ${destination}`;
}

if (import.meta.main) {
  const { positionals: [device, filter] } = readCommandLine(usage, {}, { least: 1, most: 2 });
  try {
    new Capture(device!, ({ time, length, linkType, data }) => {
      const what = linkType === DLT_EN10MB ? describePacket(data) : "packet";
      console.log(`${new Date(time).toISOString()} ${what}, ${length} bytes`);
    }, { filter, onError: fail });
    console.log(`capturing on ${device}`);
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
    fail(error);
  }
}

function fail(error: PcapError): void {
  console.error(error.message);
  process.exitCode = 1;
}
