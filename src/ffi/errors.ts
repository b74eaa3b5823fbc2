/** What the operating system refused. */

/** What a {@linkcode SystemError} is made of. */
export interface SystemErrorDetails {
  /** The positive number that C calls errno. */
  readonly errno: number;
  /** strerror's words for it. */
  readonly words: string;
  /** The system call that failed. */
  readonly syscall: string;
  /** The descriptor it was about. */
  readonly fd?: number;
  /** What that stands for, as `/proc/self/fd` has it. */
  readonly target?: string;
  /** The path it was about. */
  readonly path?: string;
  /** The word between the descriptor and the path or the address. The default is "to". */
  readonly preposition?: string;
  /** The address of a socket that it was about, as a text. */
  readonly address?: string;
  /** What the caller can do about it. */
  readonly advice?: string;
}

/**
 * A system call failed. As in Node, `code` is the symbolic name and `errno` is negative.
 *
 * @example
 * ```ts
 * import { SystemError, waitReadable } from "@fdready/fdready";
 *
 * try {
 *   await waitReadable(9999);
 * } catch (error) {
 *   if (!(error instanceof SystemError)) throw error;
 *   console.log(error.code, error.errno, error.syscall, error.fd); // EBADF -9 epoll_ctl 9999
 * }
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
  /** The file descriptor that the call was about, where there was one. */
  declare readonly fd?: number;

  /** The path that the call was about, where there was one. */
  declare readonly path?: string;

  /** Made by this module; programs only catch it. */
  constructor(details: SystemErrorDetails) {
    const { errno, words, syscall, fd, path, advice } = details;
    const code = errnoName(errno);
    const message = `${syscall}${subject(details)} failed: ${code} (${-errno}): ${words}`;
    super(advice === undefined ? message : `${message}. ${advice}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
    if (fd !== undefined) this.fd = fd;
    if (path !== undefined) this.path = path;
  }
}

function subject(details: SystemErrorDetails): string {
  const { fd, target, path, address, preposition = "to" } = details;
  if (fd === undefined) return path === undefined ? "" : ` of ${JSON.stringify(path)}`;
  const to = path === undefined ? address : JSON.stringify(path);
  return ` on fd ${fd}${target === undefined ? "" : ` (${target})`}${
    to === undefined ? "" : ` ${preposition} ${to}`
  }`;
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
