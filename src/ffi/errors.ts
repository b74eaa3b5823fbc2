/** Errors of system calls. */

import { cString } from "./checks.ts";
import { ENOSPC, EPERM } from "./constants.ts";
import { libc } from "./libc.ts";

/** The details of a {@linkcode SystemError}. */
export interface SystemErrorDetails {
  /** The errno, which is positive as in C. */
  readonly errno: number;
  /** The text of strerror(3) for the errno. */
  readonly words: string;
  /** The system call that failed. */
  readonly syscall: string;
  /** The descriptor of the call. */
  readonly fd?: number | undefined;
  /** The file that the descriptor refers to, as in `/proc/self/fd`. */
  readonly target?: string | undefined;
  /** The path of the call. */
  readonly path?: string | undefined;
  /**
   * The word before the path or the address. The default is "of" for a path without a descriptor,
   * otherwise "to".
   */
  readonly preposition?: string | undefined;
  /** The socket address of the call, as text. */
  readonly address?: string | undefined;
  /** Advice for the caller. */
  readonly hint?: string | undefined;
}

/**
 * A system call failed. As in Node, `code` is the symbolic name and `errno` is negative.
 *
 * @example Waiting for a descriptor that isn't open
 * ```ts
 * import { SystemError, waitReadable } from "@fdready/fdready";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const error = await assertRejects(() => waitReadable(9999), SystemError);
 * assertEquals([error.code, error.errno, error.syscall], ["EBADF", -9, "epoll_ctl"]);
 * assertEquals(error.fd, 9999);
 * ```
 */
export class SystemError extends Error {
  /** `"SystemError"` */
  override readonly name: string = "SystemError";
  /** The symbolic name, for example `"EBADF"`. */
  readonly code: string;
  /** The negated errno, for example `-9`. */
  readonly errno: number;
  /** The system call that failed, for example `"epoll_ctl"`. */
  readonly syscall: string;
  /** The descriptor of the call, if it had one. */
  declare readonly fd?: number;

  /** The path of the call, if it had one. */
  declare readonly path?: string;

  /** Called by this module. Programs only catch the error. */
  constructor(details: SystemErrorDetails) {
    const { errno, words, syscall, fd, path, hint } = details;
    const code = errnoName(errno);
    const message = `${syscall}${subject(details)} failed: ${code} (${-errno}): ${words}`;
    super(hint === undefined ? message : `${message}. ${hint}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
    if (fd !== undefined) this.fd = fd;
    if (path !== undefined) this.path = path;
  }
}

function subject(details: SystemErrorDetails): string {
  const { fd, target, path, address, preposition } = details;
  const object = path === undefined ? address : JSON.stringify(path);
  const near = fd === undefined ? "" : ` on fd ${fd}${target === undefined ? "" : ` (${target})`}`;
  if (object === undefined) return near;
  const isPathAlone = fd === undefined && path !== undefined;
  return `${near} ${preposition ?? (isPathAlone ? "of" : "to")} ${object}`;
}

/**
 * Names by number, from asm-generic/errno.h, which x86-64 and arm64 share. If a number has two
 * names, this is the one that Node uses. Node's own table lacks about forty.
 */
const names = `
  - EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT
  ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
  ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP
  - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL
  ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV
  ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD
  ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE
  EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT EAFNOSUPPORT
  EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
  ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY
  EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
  ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL
  EHWPOISON
`.trim().split(/\s+/);

/**
 * The name of `errno`, such as `"ENOENT"` for 2. For a number without a name, `E` and the number.
 */
export function errnoName(errno: number): string {
  const name = names[errno] ?? "-";
  return name === "-" ? `E${errno}` : name;
}

/** The details of a {@linkcode systemError} besides the errno and the system call. */
export interface SystemErrorContext {
  /** The descriptor of the call. */
  readonly fd?: number | undefined;
  /** The path of the call. */
  readonly path?: string | undefined;
  /**
   * The word before the path or the address. The default is "of" for a path without a descriptor,
   * otherwise "to".
   */
  readonly preposition?: string | undefined;
  /** The socket address of the call, as text. */
  readonly address?: string | undefined;
  /** Advice for the caller. The default is the hint for this call and errno, if any. */
  readonly hint?: string | undefined;
}

/** Advice for the caller about an errno, by system call. */
const hints: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  epoll_ctl: {
    [EPERM]:
      "Regular files, directories and devices such as /dev/null are always ready: read or write without waiting",
    [ENOSPC]:
      "The limit on registrations of this user has been reached: raise /proc/sys/fs/epoll/max_user_watches",
  },
};

/** The error for a call of `syscall` that failed with `errno`. */
export function systemError(
  errno: number,
  syscall: string,
  context: SystemErrorContext = {},
): SystemError {
  const { fd, path, preposition, address, hint = hints[syscall]?.[errno] } = context;
  return new SystemError({
    errno,
    syscall,
    words: strerror(errno),
    fd,
    target: fd === undefined ? undefined : describeFd(fd),
    path,
    preposition,
    address,
    hint,
  });
}

/**
 * What `/proc/self/fd` says of `fd`, for example `socket:[4026]` or `/dev/ttyUSB0`; undefined if it
 * isn't open. It is read through the C library, which is permitted already.
 */
export function describeFd(fd: number): string | undefined {
  const path = cString(`/proc/self/fd/${fd}`);
  const target = new Uint8Array(256);
  const length = libc().readlink(path, target, BigInt(target.length));
  return length === -1 ? undefined : new TextDecoder().decode(target.subarray(0, length));
}

function strerror(errno: number): string {
  const text = new Uint8Array(256);
  libc().__xpg_strerror_r(errno, text, BigInt(text.length));
  return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
}
