/** Constants, layouts of structs and functions: against each C library and architecture at hand. */

import * as control from "../../src/os/control_messages.ts";
import * as address from "../../src/os/address.ts";
import * as os from "../../src/os/mod.ts";
import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import * as symbols from "../../src/ffi/symbols.ts";
import { errnoName } from "../../src/ffi/errors.ts";
import { cmsghdr } from "../../src/sys/control_messages.ts";
import { iovec, msghdr } from "../../src/sys/message_header.ts";
import { siginfo } from "../../src/os/pidfd.ts";
import { architectures } from "../../src/sys/architecture.ts";
import { inotify_event } from "../../src/os/inotify.ts";
import { speedCode, termios2 } from "../../src/os/termios.ts";
import { signalName, signalNumber } from "../../src/sys/signals.ts";
import { cannotCompile, compile, compilers, link } from "../support/c_compiler.ts";
import { describeUnless } from "../support/skip.ts";

/**
 * Headers without libc's `struct termios`, which clashes with `struct termios2` and its constants.
 */
const headers = [
  "stddef.h",
  "errno.h",
  "fcntl.h",
  "signal.h",
  "spawn.h",
  "asm/ioctls.h",
  "asm/termbits.h",
  "linux/net_tstamp.h",
  "linux/netlink.h",
  "netinet/in.h",
  "netinet/tcp.h",
  "netinet/udp.h",
  "linux/memfd.h",
  "poll.h",
  "sys/eventfd.h",
  "sys/file.h",
  "sys/inotify.h",
  "sys/ioctl.h",
  "sys/socket.h",
  "sys/syscall.h",
  "sys/uio.h",
  "sys/un.h",
  "sys/wait.h",
  "sys/stat.h",
  "sys/timerfd.h",
  "unistd.h",
  // It needs declarations of the others.
  "linux/errqueue.h",
];

/** Where we have the members of a struct, by their names in C. */
const structs: Record<string, { length?: number; members: Record<string, number> }> = {
  sockaddr: { members: { sa_family: address.sockaddr.family, sa_data: address.sockaddr.length } },
  sockaddr_un: {
    length: address.sockaddr_un.length,
    members: { sun_family: address.sockaddr_un.family, sun_path: address.sockaddr_un.path },
  },
  sockaddr_in: {
    length: address.sockaddr_in.length,
    members: {
      sin_family: address.sockaddr_in.family,
      sin_port: address.sockaddr_in.port,
      sin_addr: address.sockaddr_in.address,
    },
  },
  sockaddr_in6: {
    length: address.sockaddr_in6.length,
    members: {
      sin6_family: address.sockaddr_in6.family,
      sin6_port: address.sockaddr_in6.port,
      sin6_addr: address.sockaddr_in6.address,
      sin6_scope_id: address.sockaddr_in6.scope,
    },
  },
  iovec: {
    length: iovec.length,
    members: { iov_base: iovec.base, iov_len: iovec.size },
  },
  msghdr: {
    length: msghdr.length,
    members: {
      msg_name: msghdr.name,
      msg_namelen: msghdr.nameLength,
      msg_iov: msghdr.iov,
      msg_iovlen: msghdr.iovCount,
      msg_control: msghdr.control,
      msg_controllen: msghdr.controlLength,
      msg_flags: msghdr.flags,
    },
  },
  cmsghdr: {
    length: cmsghdr.length,
    members: { cmsg_len: cmsghdr.size, cmsg_level: cmsghdr.level, cmsg_type: cmsghdr.type },
  },
  inotify_event: { length: inotify_event.name, members: { ...inotify_event } },
  termios2: {
    length: termios2.length,
    members: {
      c_iflag: termios2.iflag,
      c_oflag: termios2.oflag,
      c_cflag: termios2.cflag,
      c_lflag: termios2.lflag,
      c_line: termios2.line,
      c_cc: termios2.cc,
      c_ispeed: termios2.ispeed,
      c_ospeed: termios2.ospeed,
    },
  },
  ucred: {
    length: control.ucred.length,
    members: { pid: control.ucred.pid, uid: control.ucred.uid, gid: control.ucred.gid },
  },
  in_pktinfo: {
    length: control.in_pktinfo.length,
    members: {
      ipi_ifindex: control.in_pktinfo.index,
      ipi_spec_dst: control.in_pktinfo.local,
      ipi_addr: control.in_pktinfo.destination,
    },
  },
  in6_pktinfo: {
    length: control.in6_pktinfo.length,
    members: {
      ipi6_addr: control.in6_pktinfo.destination,
      ipi6_ifindex: control.in6_pktinfo.index,
    },
  },
  timespec: {
    length: control.timespec.length,
    members: { tv_sec: control.timespec.seconds, tv_nsec: control.timespec.fraction },
  },
  timeval: {
    length: control.timespec.length,
    members: { tv_sec: control.timespec.seconds, tv_usec: control.timespec.fraction },
  },
  scm_timestamping: { length: 3 * control.timespec.length, members: {} },
  sock_extended_err: {
    length: control.sock_extended_err.length,
    members: {
      ee_errno: control.sock_extended_err.errno,
      ee_origin: control.sock_extended_err.origin,
      ee_type: control.sock_extended_err.type,
      ee_code: control.sock_extended_err.code,
      ee_info: control.sock_extended_err.info,
      ee_data: control.sock_extended_err.data,
    },
  },
  sockaddr_storage: { length: address.longestAddress, members: {} },
};

/** Constants that differ between architectures. */
const byArchitecture = [...Object.keys(architectures.x64.openFlags), "O_TMPFILE"];

const constants = Object.entries<unknown>(os)
  .filter(([name, value]) => typeof value === "number" && !byArchitecture.includes(name));

const standardSpeeds = [
  ...[0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600],
  ...[115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000],
  ...[3000000, 3500000, 4000000],
];

function holds(expression: string): string {
  return `_Static_assert(${expression}, "");`;
}

/** As 32 bits, since some are negative numbers in C. */
function holdsAsConstant([name, value]: [name: string, value: unknown]): string {
  return holds(`(unsigned) (${name}) == ${value}u`);
}

/** Functions that not every C library has. Code that uses them does without. */
const optional = Object.keys(symbols.spawnCloseSymbols);

/** The functions that the package calls, except those of Node's executable. */
const functions = Object.entries(symbols)
  .filter(([group]) => group !== "uvSymbols" && group !== "v8Symbols")
  .flatMap(([, group]) => Object.keys(group))
  .filter((name) => !optional.includes(name));

for (const [title, compiler] of Object.entries(compilers)) {
  const { openFlags, stat } = architectures[compiler.architecture];
  describeUnless(cannotCompile(compiler, headers), `C headers for ${title}`, () => {
    // The kernel's O_ACCMODE is 3. In musl, O_PATH is an access mode too.
    it("have the same constants", () => {
      assert(constants.length > 200);
      const here = compiler.musl ? constants.filter(([name]) => name !== "O_ACCMODE") : constants;
      assertEquals(compile(compiler, headers, here.map(holdsAsConstant)), "");
    });

    it("have the same flags that differ between architectures", () => {
      const flags = Object.entries(openFlags).map(holdsAsConstant);
      assertEquals(compile(compiler, headers, flags), "");
    });

    it("have the same struct stat", () => {
      const { length, nlinkSize, atime, mtime, ctime, ...members } = stat;
      const same = [
        ...Object.entries(members).map(([name, at]) =>
          `offsetof(struct stat, st_${name}) == ${at}`
        ),
        ...Object.entries({ atim: atime, mtim: mtime, ctim: ctime })
          .flatMap(([name, at]) => [
            `offsetof(struct stat, st_${name}.tv_sec) == ${at}`,
            `offsetof(struct stat, st_${name}.tv_nsec) == ${at + 8}`,
          ]),
        `sizeof(((struct stat *)0)->st_nlink) == ${nlinkSize}`,
        `sizeof(struct stat) == ${length}`,
      ];
      assertEquals(compile(compiler, headers, same.map(holds)), "");
    });

    it("have the same codes of speeds", () => {
      const same = standardSpeeds.map((speed) => holds(`B${speed} == ${speedCode(speed)}`));
      const other = holds(`BOTHER == ${speedCode(12_345)}`);
      assertEquals(compile(compiler, headers, [...same, other]), "");
    });

    it("have the same errno values, up to the highest", () => {
      // C has no error of the numbers 41 and 58.
      const numbers = Array.from({ length: 133 }, (_, index) => index + 1)
        .filter((number) => number !== 41 && number !== 58);
      const same = numbers.map((number) => holds(`${errnoName(number)} == ${number}`));
      assertEquals(compile(compiler, headers, [...same, holds("EHWPOISON == 133")]), "");
    });

    it("have the same signals", () => {
      const numbers = Array.from({ length: 31 }, (_, index) => index + 1);
      const same = numbers.map((number) => holds(`${signalName(number)} == ${number}`));
      const names = [...numbers.map(signalName), "SIGIOT", "SIGPOLL"];
      const back = names.map((name) => holds(`${name} == ${signalNumber(name)}`));
      assertEquals(compile(compiler, headers, [...same, ...back, holds("_NSIG == 65")]), "");
    });

    it("have the same process functions", () => {
      const { code, pid, status, length } = siginfo;
      const same = [
        `offsetof(siginfo_t, si_code) == ${4 * code}`,
        `offsetof(siginfo_t, si_pid) == ${4 * pid}`,
        `offsetof(siginfo_t, si_status) == ${4 * status}`,
        `sizeof(siginfo_t) == ${4 * length}`,
        "sizeof(posix_spawnattr_t) <= 512 && sizeof(posix_spawn_file_actions_t) <= 512",
        "sizeof(sigset_t) == 128",
        "POSIX_SPAWN_SETSIGDEF == 4 && POSIX_SPAWN_SETSIGMASK == 8 && POSIX_SPAWN_SETSID == 128",
        "P_PID == 1 && P_PIDFD == 3 && WNOHANG == 1 && WEXITED == 4 && CLD_EXITED == 1",
        "SYS_pidfd_open == 434 && SYS_pidfd_send_signal == 424",
      ];
      assertEquals(compile(compiler, headers, same.map(holds)), "");
    });

    it("have the same structs", () => {
      const same = Object.entries(structs).flatMap(([name, { length, members }]) => [
        ...Object.entries(members).map(([member, at]) =>
          holds(`offsetof(struct ${name}, ${member}) == ${at}`)
        ),
        ...(length === undefined ? [] : [holds(`sizeof(struct ${name}) == ${length}`)]),
      ]);
      assertEquals(compile(compiler, headers, same), "");
    });

    it("are those of a C library that has the functions", () => {
      assert(functions.length > 90);
      assertEquals(link(compiler, functions), "");
    });

    it("fail a wrong assertion", () => {
      assert(compile(compiler, headers, [holds("AF_INET == 3")])!.includes("AF_INET == 3"));
      assert(link(compiler, ["read", "no_such_function"])!.includes("no_such_function"));
    });
  });
}
