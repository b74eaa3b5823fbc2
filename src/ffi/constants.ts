/**
 * Kernel constants under their kernel names, for the architectures that both runtimes run on
 * (x86-64 and arm64, where all of these agree).
 */

// epoll_create1(2), epoll_ctl(2), epoll_wait(2)
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x001;
export const EPOLLPRI = 0x002;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x1000_0000;
export const EPOLLONESHOT = 0x4000_0000;
export const EPOLLET = 0x8000_0000;

// fcntl(2)
/** Command: return the flags of the descriptor, {@linkcode FD_CLOEXEC}. */
export const F_GETFD = 1;
/** Command: set the flags of the descriptor. */
export const F_SETFD = 2;
/** Command: return the access mode and the flags of the open file, `O_*`. */
export const F_GETFL = 3;
/** Command: set the flags of the open file, such as {@linkcode O_APPEND}. */
export const F_SETFL = 4;
export const F_SETOWN_EX = 15;
export const F_GETOWN_EX = 16;
/**
 * Command: duplicate the descriptor as close-on-exec, to the lowest free number from the argument
 * up.
 */
export const F_DUPFD_CLOEXEC = 1030;
export const F_OWNER_TID = 0;
/** Flag of a descriptor: close on exec. All functions that open a descriptor set it. */
export const FD_CLOEXEC = 1;

// open(2), and under other names in many calls that make descriptors
/** Don't block. All functions that open a descriptor set it. */
export const O_NONBLOCK = 0o4000;
/** Close on exec. All functions that open a descriptor set it. */
export const O_CLOEXEC = 0o2000000;
/** Open the path only, without access to the contents. */
export const O_PATH = 0o10000000;

// inode(7)
/** The bits of a mode for the type of the file. */
export const S_IFMT = 0o170000;
/** Type: a socket. */
export const S_IFSOCK = 0o140000;
/** Type: a block device. */
export const S_IFBLK = 0o060000;
/** Type: a directory. */
export const S_IFDIR = 0o040000;
/** Type: a character device. */
export const S_IFCHR = 0o020000;
/** Type: a pipe or a FIFO. */
export const S_IFIFO = 0o010000;

// flock(2)
/** Operation for {@linkcode flock}: an exclusive lock. */
export const LOCK_EX = 2;
/** Operation for {@linkcode flock}: remove the lock. */
export const LOCK_UN = 8;

// ioctl_tty(2)
/** Return the number of a pseudo-terminal, an `int`. Only its controller supports it. */
export const TIOCGPTN = 0x8004_5430;

// socket(2), socket(7)
/** Family: sockets of this machine. unix(7) */
export const AF_UNIX = 1;
/** Type: a stream of bytes. */
export const SOCK_STREAM = 1;
/** Level of the options of all sockets, `SO_*`. */
export const SOL_SOCKET = 1;
/** Type of {@linkcode SOL_SOCKET}: descriptors, which messages have as `fds`. */
export const SCM_RIGHTS = 1;
/**
 * Option, read only: the peer's process, user and group, a `struct ucred` of three 32-bit words.
 */
export const SO_PEERCRED = 17;

// poll(2)
/** There is data to read. */
export const POLLIN = 0x001;
/** Writing won't block. */
export const POLLOUT = 0x004;

// errno(3)
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENOTTY = 25;
export const ENOSPC = 28;
export const ENOSYS = 38;
export const ELOOP = 40;
export const ENOTSOCK = 88;
export const EOPNOTSUPP = 95;
export const EISCONN = 106;
export const ENOTCONN = 107;
export const EALREADY = 114;
export const EINPROGRESS = 115;
