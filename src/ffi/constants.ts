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
export const F_SETFD = 2;
export const F_GETFD = 1;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_SETOWN_EX = 15;
export const F_GETOWN_EX = 16;
export const F_DUPFD_CLOEXEC = 1030;
export const F_OWNER_TID = 0;

// open(2), and under other names in many calls that make descriptors
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

// socket(2)
export const AF_UNIX = 1;
export const SOCK_STREAM = 1;

// poll(2)
export const POLLIN = 0x001;
export const POLLOUT = 0x004;

// errno(3)
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EBADF = 9;
export const EAGAIN = 11;
export const EINVAL = 22;
export const ENOSPC = 28;
export const ENOSYS = 38;
