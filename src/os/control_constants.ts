/**
 * Constants for the control data of {@linkcode recvmsg} and {@linkcode sendmsg}: types of messages,
 * and the socket options that ask for them. cmsg(3), unix(7), ip(7), ipv6(7), udp(7)
 */

export { SCM_RIGHTS } from "../ffi/constants.ts";

/**
 * Type of {@linkcode SOL_SOCKET}: the sender's process, user and group.
 * {@linkcode parseCredentials}
 */
export const SCM_CREDENTIALS = 2;
/** Option: receive the sender's security context, as text, of type 3 of {@linkcode SOL_SOCKET}. */
export const SO_PASSSEC = 34;

/**
 * Option, and type of {@linkcode SOL_SOCKET}: the time of arrival, in microseconds.
 * {@linkcode parseTimestamps}
 */
export const SO_TIMESTAMP = 29;
/**
 * Option, and type of {@linkcode SOL_SOCKET}: the time of arrival, in nanoseconds.
 * {@linkcode parseTimestamps}
 */
export const SO_TIMESTAMPNS = 35;
/**
 * Option, and type of {@linkcode SOL_SOCKET}: the time of sending or arrival, by the clocks that
 * `SOF_TIMESTAMPING_*` select. {@linkcode parseTimestamps}
 */
export const SO_TIMESTAMPING = 37;
/** Type of {@linkcode SOL_SOCKET}: for {@linkcode SO_TIMESTAMP}. */
export const SCM_TIMESTAMP = 29;
/** Type of {@linkcode SOL_SOCKET}: for {@linkcode SO_TIMESTAMPNS}. */
export const SCM_TIMESTAMPNS = 35;
/** Type of {@linkcode SOL_SOCKET}: for {@linkcode SO_TIMESTAMPING}. */
export const SCM_TIMESTAMPING = 37;
/** For {@linkcode SO_TIMESTAMPING}: record when the network adapter has sent a message. */
export const SOF_TIMESTAMPING_TX_HARDWARE = 0x1;
/** For {@linkcode SO_TIMESTAMPING}: record when the kernel has sent a message. */
export const SOF_TIMESTAMPING_TX_SOFTWARE = 0x2;
/** For {@linkcode SO_TIMESTAMPING}: record when the network adapter has received a message. */
export const SOF_TIMESTAMPING_RX_HARDWARE = 0x4;
/** For {@linkcode SO_TIMESTAMPING}: record when the kernel has received a message. */
export const SOF_TIMESTAMPING_RX_SOFTWARE = 0x8;
/** For {@linkcode SO_TIMESTAMPING}: report software timestamps. */
export const SOF_TIMESTAMPING_SOFTWARE = 0x10;
/** For {@linkcode SO_TIMESTAMPING}: report hardware timestamps. */
export const SOF_TIMESTAMPING_RAW_HARDWARE = 0x40;
/**
 * For {@linkcode SO_TIMESTAMPING}: number sent messages, for the `data` of
 * {@linkcode parseExtendedError}.
 */
export const SOF_TIMESTAMPING_OPT_ID = 0x80;
/** For {@linkcode SO_TIMESTAMPING}: report timestamps of sent messages without their data. */
export const SOF_TIMESTAMPING_OPT_TSONLY = 0x800;

/** Option, and type of {@linkcode SOL_SOCKET}: the number of dropped datagrams, a 32-bit word. */
export const SO_RXQ_OVFL = 40;
/** Option: send from the caller's memory without a copy, with {@linkcode MSG_ZEROCOPY}. */
export const SO_ZEROCOPY = 60;

/**
 * Option, and type of {@linkcode IPPROTO_IP}: the interface and the address of arrival, or those to
 * send from. {@linkcode parsePacketInfo}
 */
export const IP_PKTINFO = 8;
/**
 * Option, and type of {@linkcode IPPROTO_IP}: errors, which {@linkcode MSG_ERRQUEUE} receives.
 * {@linkcode parseExtendedError}
 */
export const IP_RECVERR = 11;
/** Option of {@linkcode IPPROTO_IP}: receive {@linkcode IP_TTL}. */
export const IP_RECVTTL = 12;
/** Option of {@linkcode IPPROTO_IP}: receive {@linkcode IP_TOS}. */
export const IP_RECVTOS = 13;
/**
 * Option, and type of {@linkcode IPPROTO_IP}: the original address of the destination, before a
 * redirection.
 */
export const IP_RECVORIGDSTADDR = 20;
/** Option of {@linkcode IPPROTO_IPV6}: receive {@linkcode IPV6_PKTINFO}. */
export const IPV6_RECVPKTINFO = 49;
/**
 * Type of {@linkcode IPPROTO_IPV6}: the interface and the address of arrival, or those to send
 * from. {@linkcode parsePacketInfo}
 */
export const IPV6_PKTINFO = 50;
/** Option, and type of {@linkcode IPPROTO_IPV6}: errors. {@linkcode parseExtendedError} */
export const IPV6_RECVERR = 25;
/** Option of {@linkcode IPPROTO_IPV6}: receive {@linkcode IPV6_HOPLIMIT}. */
export const IPV6_RECVHOPLIMIT = 51;
/** Type of {@linkcode IPPROTO_IPV6}: the remaining hops, a C `int`. */
export const IPV6_HOPLIMIT = 52;
/** Option of {@linkcode IPPROTO_IPV6}: receive {@linkcode IPV6_TCLASS}. */
export const IPV6_RECVTCLASS = 66;
/** Type of {@linkcode IPPROTO_IPV6}: the traffic class, a C `int`. */
export const IPV6_TCLASS = 67;

/**
 * Option, and type to send of {@linkcode IPPROTO_UDP}: the size of the datagrams to cut the data
 * into, 16 bits.
 */
export const UDP_SEGMENT = 103;
/**
 * Option, and type of {@linkcode IPPROTO_UDP}: receive several datagrams as one.
 * {@linkcode parseSegmentSize}
 */
export const UDP_GRO = 104;

/** Origin of an extended error: this machine. */
export const SO_EE_ORIGIN_LOCAL = 1;
/** Origin of an extended error: an ICMP message. */
export const SO_EE_ORIGIN_ICMP = 2;
/** Origin of an extended error: an ICMPv6 message. */
export const SO_EE_ORIGIN_ICMP6 = 3;
/** Origin of an entry that isn't an error: it reports the timestamp of a sent message. */
export const SO_EE_ORIGIN_TIMESTAMPING = 4;
/** Origin of an entry that isn't an error: the memory of {@linkcode MSG_ZEROCOPY} is free again. */
export const SO_EE_ORIGIN_ZEROCOPY = 5;
