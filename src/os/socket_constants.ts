/**
 * Constants for sockets, from socket(2), socket(7), send(2), ip(7), ipv6(7), tcp(7) and netlink(7).
 */

export { AF_UNIX, SO_PEERCRED, SOCK_STREAM, SOL_SOCKET } from "../ffi/constants.ts";

/** Family: none. In {@linkcode connect}, it ends the association of a datagram socket. */
export const AF_UNSPEC = 0;
/** Family: IPv4. ip(7) */
export const AF_INET = 2;
/** Family: IPv6. ipv6(7) */
export const AF_INET6 = 10;
/** Family: messages from and to the kernel. netlink(7) */
export const AF_NETLINK = 16;
/** Family: packets on a network interface. packet(7) */
export const AF_PACKET = 17;
/** Family: Controller Area Network. */
export const AF_CAN = 29;
/** Family: Bluetooth. */
export const AF_BLUETOOTH = 31;
/** Family: virtual machines and their host. vsock(7) */
export const AF_VSOCK = 40;

/** Type: datagrams. */
export const SOCK_DGRAM = 2;
/** Type: packets of a network protocol. */
export const SOCK_RAW = 3;
/** Type: a connection that keeps the boundaries of messages. */
export const SOCK_SEQPACKET = 5;
/** Flag of a type: close on exec. {@linkcode socket} always sets it. */
export const SOCK_CLOEXEC = 0o2000000;
/** Flag of a type: don't block. {@linkcode socket} always sets it. */
export const SOCK_NONBLOCK = 0o4000;

/** Protocol, and level of options: IPv4. */
export const IPPROTO_IP = 0;
/** Protocol: ICMP. */
export const IPPROTO_ICMP = 1;
/** Protocol, and level of options: TCP. */
export const IPPROTO_TCP = 6;
/** Protocol, and level of options: UDP. */
export const IPPROTO_UDP = 17;
/** Protocol, and level of options: IPv6. */
export const IPPROTO_IPV6 = 41;
/** Protocol: ICMPv6. */
export const IPPROTO_ICMPV6 = 58;
/** Protocol: any; the program makes the headers. */
export const IPPROTO_RAW = 255;
/** Protocol of {@linkcode AF_NETLINK}: links, addresses and routes. */
export const NETLINK_ROUTE = 0;
/** Protocol of {@linkcode AF_NETLINK}: devices that appear and disappear. */
export const NETLINK_KOBJECT_UEVENT = 15;

/** Option: allow an address whose earlier connections still linger. */
export const SO_REUSEADDR = 2;
/** Option, read only: the type, `SOCK_*`. */
export const SO_TYPE = 3;
/** Option, read only: the pending error, which reading clears. {@linkcode socketError} reads it. */
export const SO_ERROR = 4;
/** Option: send only to directly connected hosts, without a gateway. */
export const SO_DONTROUTE = 5;
/** Option: allow sending to broadcast addresses. */
export const SO_BROADCAST = 6;
/** Option: the size of the send buffer in bytes. The kernel doubles it. */
export const SO_SNDBUF = 7;
/** Option: the size of the receive buffer in bytes. The kernel doubles it. */
export const SO_RCVBUF = 8;
/** Option: probe idle connections. */
export const SO_KEEPALIVE = 9;
/** Option: put out-of-band data into the stream. */
export const SO_OOBINLINE = 10;
/** Option: the priority of outgoing packets. */
export const SO_PRIORITY = 12;
/** Option: the treatment of unsent data at a close, a `struct linger`. */
export const SO_LINGER = 13;
/** Option: allow several sockets with one address. */
export const SO_REUSEPORT = 15;
/** Option: receive the sender's credentials. */
export const SO_PASSCRED = 16;
/** Option: the minimum number of bytes before the socket is readable. */
export const SO_RCVLOWAT = 18;
/** Option: the network interface, by name. */
export const SO_BINDTODEVICE = 25;
/** Option, read only: whether the socket listens. */
export const SO_ACCEPTCONN = 30;
/** Option: the mark of outgoing packets. */
export const SO_MARK = 36;
/** Option, read only: the protocol, `IPPROTO_*`. */
export const SO_PROTOCOL = 38;
/** Option, read only: the family, `AF_*`. */
export const SO_DOMAIN = 39;

/** Option of {@linkcode IPPROTO_TCP}: send small writes at once, without Nagle's algorithm. */
export const TCP_NODELAY = 1;
/** Option of {@linkcode IPPROTO_TCP}: the maximum size of a segment. */
export const TCP_MAXSEG = 2;
/** Option of {@linkcode IPPROTO_TCP}: send full segments only. */
export const TCP_CORK = 3;
/** Option of {@linkcode IPPROTO_TCP}: the seconds before the first keepalive probe. */
export const TCP_KEEPIDLE = 4;
/** Option of {@linkcode IPPROTO_TCP}: the seconds between keepalive probes. */
export const TCP_KEEPINTVL = 5;
/**
 * Option of {@linkcode IPPROTO_TCP}: the number of keepalive probes before the connection is
 * dropped.
 */
export const TCP_KEEPCNT = 6;
/** Option of {@linkcode IPPROTO_TCP}: accept connections only once they have data. */
export const TCP_DEFER_ACCEPT = 9;
/** Option of {@linkcode IPPROTO_TCP}, read only: a `struct tcp_info`. */
export const TCP_INFO = 11;
/** Option of {@linkcode IPPROTO_TCP}: acknowledge at once. */
export const TCP_QUICKACK = 12;
/**
 * Option of {@linkcode IPPROTO_TCP}: the time in ms after which unacknowledged data ends the
 * connection.
 */
export const TCP_USER_TIMEOUT = 18;

/** Option of {@linkcode IPPROTO_IP}: the type of service. */
export const IP_TOS = 1;
/** Option of {@linkcode IPPROTO_IP}: the time to live. */
export const IP_TTL = 2;
/** Option of {@linkcode IPPROTO_IP}: the interface for outgoing multicasts. */
export const IP_MULTICAST_IF = 32;
/** Option of {@linkcode IPPROTO_IP}: the time to live of multicasts. */
export const IP_MULTICAST_TTL = 33;
/** Option of {@linkcode IPPROTO_IP}: receive the host's own multicasts. */
export const IP_MULTICAST_LOOP = 34;
/** Option of {@linkcode IPPROTO_IP}: join a group, a `struct ip_mreqn`. */
export const IP_ADD_MEMBERSHIP = 35;
/** Option of {@linkcode IPPROTO_IP}: leave a group, a `struct ip_mreqn`. */
export const IP_DROP_MEMBERSHIP = 36;
/** Option of {@linkcode IPPROTO_IPV6}: the hop limit. */
export const IPV6_UNICAST_HOPS = 16;
/** Option of {@linkcode IPPROTO_IPV6}: the interface for outgoing multicasts, by index. */
export const IPV6_MULTICAST_IF = 17;
/** Option of {@linkcode IPPROTO_IPV6}: the hop limit of multicasts. */
export const IPV6_MULTICAST_HOPS = 18;
/** Option of {@linkcode IPPROTO_IPV6}: receive the host's own multicasts. */
export const IPV6_MULTICAST_LOOP = 19;
/** Option of {@linkcode IPPROTO_IPV6}: join a group, a `struct ipv6_mreq`. */
export const IPV6_ADD_MEMBERSHIP = 20;
/** Option of {@linkcode IPPROTO_IPV6}: leave a group, a `struct ipv6_mreq`. */
export const IPV6_DROP_MEMBERSHIP = 21;
/** Option of {@linkcode IPPROTO_IPV6}: IPv6 only, without IPv4. */
export const IPV6_V6ONLY = 26;

/** Flag: out-of-band data. */
export const MSG_OOB = 0x1;
/** Flag: return data without removing it from the queue. */
export const MSG_PEEK = 0x2;
/** Flag: send only to directly connected hosts, without a gateway. */
export const MSG_DONTROUTE = 0x4;
/** In the flags of a message: descriptors or other control data didn't fit, and were dropped. */
export const MSG_CTRUNC = 0x8;
/** In the flags of a message: it was longer than the buffer. As a flag: return the whole length. */
export const MSG_TRUNC = 0x20;
/** Flag: don't block. {@linkcode sendmsg} and {@linkcode recvmsg} always set it. */
export const MSG_DONTWAIT = 0x40;
/** Flag, and in the flags of a message: the end of a record. */
export const MSG_EOR = 0x80;
/** Flag: wait until the buffer is full. It has no effect on a call that doesn't block. */
export const MSG_WAITALL = 0x100;
/** Flag: the peer answers, so that its link layer address needn't be looked up again. */
export const MSG_CONFIRM = 0x800;
/** Flag, and in the flags of a message: from the queue of errors. */
export const MSG_ERRQUEUE = 0x2000;
/** Flag: `EPIPE` without a signal. {@linkcode sendmsg} always sets it. */
export const MSG_NOSIGNAL = 0x4000;
/** Flag: more data follows. */
export const MSG_MORE = 0x8000;
/** Flag: send from the caller's memory without a copy, see {@linkcode SO_ZEROCOPY}. */
export const MSG_ZEROCOPY = 0x400_0000;
/** Flag: received descriptors are close-on-exec. {@linkcode recvmsg} always sets it. */
export const MSG_CMSG_CLOEXEC = 0x4000_0000;
