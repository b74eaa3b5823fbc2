/** The part of libpcap that `examples/pcap.ts` calls. */

import { type Functions, memorySymbols, openLibrary } from "./library.ts";

const symbols = {
  ...memorySymbols,
  // pcap_t *pcap_create(const char *source, char *errbuf)
  pcap_create: { args: ["buffer", "buffer"], returns: "address" },
  // int pcap_set_snaplen(pcap_t *p, int snaplen)
  pcap_set_snaplen: { args: ["address", "i32"], returns: "i32" },
  // int pcap_set_immediate_mode(pcap_t *p, int immediate_mode)
  pcap_set_immediate_mode: { args: ["address", "i32"], returns: "i32" },
  // int pcap_activate(pcap_t *p)
  pcap_activate: { args: ["address"], returns: "i32" },
  // int pcap_setnonblock(pcap_t *p, int nonblock, char *errbuf)
  pcap_setnonblock: { args: ["address", "i32", "buffer"], returns: "i32" },
  // int pcap_compile(pcap_t *p, struct bpf_program *fp, const char *str, int optimize,
  //     bpf_u_int32 netmask)
  pcap_compile: { args: ["address", "buffer", "buffer", "i32", "u32"], returns: "i32" },
  // int pcap_setfilter(pcap_t *p, struct bpf_program *fp)
  pcap_setfilter: { args: ["address", "buffer"], returns: "i32" },
  // void pcap_freecode(struct bpf_program *fp)
  pcap_freecode: { args: ["buffer"], returns: "void" },
  // int pcap_datalink(pcap_t *p)
  pcap_datalink: { args: ["address"], returns: "i32" },
  // int pcap_get_selectable_fd(pcap_t *p)
  pcap_get_selectable_fd: { args: ["address"], returns: "i32" },
  // int pcap_next_ex(pcap_t *p, struct pcap_pkthdr **pkt_header, const u_char **pkt_data)
  pcap_next_ex: { args: ["address", "buffer", "buffer"], returns: "i32" },
  // char *pcap_geterr(pcap_t *p)
  pcap_geterr: { args: ["address"], returns: "address" },
  // void pcap_close(pcap_t *p)
  pcap_close: { args: ["address"], returns: "void" },
} as const;

export const PCAP_ERRBUF_SIZE = 256;
export const PCAP_NETMASK_UNKNOWN = 0xffff_ffff;
export const PCAP_ERROR = -1;
export const DLT_EN10MB = 1;

/** sizeof(struct bpf_program) */
export const bpfProgramLength = 16;

/** struct pcap_pkthdr. pcap(3) */
export const pcap_pkthdr = {
  seconds: 0,
  microseconds: 8,
  caplen: 16,
  len: 20,
  length: 24,
} as const;

let library: Functions<typeof symbols> | undefined;

/** libpcap, opened when it is first needed. */
export function libpcap(): Functions<typeof symbols> {
  return library ??= openLibrary("libpcap.so.0.8", symbols);
}
