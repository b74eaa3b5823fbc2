/**
 * The one table of C functions that this module calls. The binding of each runtime translates it.
 * The comment above a row is its man page's prototype, and stands once.
 *
 * A length is `usize` and travels as a bigint; a result of type `ssize_t` is read as `i32`, since
 * a bigint result costs an allocation and no call here moves 2 GiB at once.
 */

/** The C types that a row may name. `buffer` is memory of ours, `pointer` an address of C's. */
export type CType = "i32" | "u32" | "usize" | "buffer" | "pointer" | "void";

/** The types of one function. */
export interface Signature {
  readonly args: readonly CType[];
  readonly returns: CType;
}

/** Functions by their C names. */
export type SymbolTable = Readonly<Record<string, Signature>>;

/** JavaScript's memory that C may read or write during a call. */
export type Memory = ArrayBufferView;

/** An address in C. Its type differs by runtime, and only the FFI uses it. */
export type Pointer = { readonly opaquePointer: unique symbol };

interface JsType {
  i32: number;
  u32: number;
  usize: bigint;
  buffer: Memory | null;
  pointer: Pointer | null;
  void: void;
}

type Arguments<T extends readonly CType[]> = { -readonly [I in keyof T]: JsType[T[I]] };

/** The JavaScript functions for a table. */
export type Functions<T extends SymbolTable> = {
  -readonly [K in keyof T]: (...args: Arguments<T[K]["args"]>) => JsType[T[K]["returns"]];
};

// Functions with more than one signature, because memory is passed as a view or as an address, or
// because C leaves the arguments open. A group has one signature of each.

// void *memcpy(void *dest, const void *src, size_t n)
const memcpyRows = {
  fromPointer: { args: ["buffer", "pointer", "usize"], returns: "void" },
  fromAddress: { args: ["buffer", "usize", "usize"], returns: "void" },
  toAddress: { args: ["usize", "buffer", "usize"], returns: "void" },
  // With a length of 0: the result is the address of the first view.
  locate: { args: ["buffer", "buffer", "usize"], returns: "usize" },
} as const satisfies SymbolTable;

// int poll(struct pollfd *fds, nfds_t nfds, int timeout)
const pollRows = {
  view: { args: ["buffer", "usize", "i32"], returns: "i32" },
  address: { args: ["usize", "usize", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

// int accept4(int sockfd, struct sockaddr *addr, socklen_t *addrlen, int flags)
const acceptRows = {
  views: { args: ["i32", "buffer", "buffer", "i32"], returns: "i32" },
  addresses: { args: ["usize", "usize", "usize", "usize"], returns: "i32" },
} as const satisfies SymbolTable;

// int close(int fd)
const closeRows = {
  number: { args: ["i32"], returns: "i32" },
  address: { args: ["usize"], returns: "i32" },
} as const satisfies SymbolTable;

// int fcntl(int fd, int op, ...)
const fcntlRows = {
  number: { args: ["i32", "i32", "i32"], returns: "i32" },
  view: { args: ["i32", "i32", "buffer"], returns: "i32" },
} as const satisfies SymbolTable;

// int ioctl(int fd, unsigned long op, ...)
const ioctlRows = {
  number: { args: ["i32", "usize", "usize"], returns: "i32" },
  view: { args: ["i32", "usize", "buffer"], returns: "i32" },
} as const satisfies SymbolTable;

// long syscall(long number, ...)
const syscallRows = {
  twoNumbers: { args: ["usize", "usize", "usize"], returns: "i32" },
  numberAndView: { args: ["usize", "usize", "buffer"], returns: "i32" },
  fourNumbers: { args: ["usize", "usize", "usize", "usize", "usize"], returns: "i32" },
  sixNumbers: {
    args: ["usize", "usize", "usize", "usize", "usize", "usize", "usize"],
    returns: "i32",
  },
} as const satisfies SymbolTable;

// int open(const char *path, int flags, mode_t mode)
const openRow = { args: ["buffer", "i32", "u32"], returns: "i32" } as const satisfies Signature;

// int flock(int fd, int op)
const flockRow = { args: ["i32", "i32"], returns: "i32" } as const satisfies Signature;

/** Used by the manager, its wakeup and its driver. Every C library has all of them. */
export const coreSymbols = {
  // int epoll_create1(int flags)
  epoll_create1: { args: ["i32"], returns: "i32" },
  // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
  epoll_ctl: { args: ["i32", "i32", "i32", "buffer"], returns: "i32" },
  // int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
  epoll_wait: { args: ["i32", "buffer", "i32", "i32"], returns: "i32" },
  // int eventfd(unsigned int initval, int flags)
  eventfd: { args: ["u32", "i32"], returns: "i32" },
  // int socketpair(int domain, int type, int protocol, int sv[2])
  socketpair: { args: ["i32", "i32", "i32", "buffer"], returns: "i32" },
  fcntl: fcntlRows.number,
  // ssize_t read(int fd, void *buf, size_t count)
  read: { args: ["i32", "buffer", "usize"], returns: "i32" },
  // ssize_t write(int fd, const void *buf, size_t count)
  write: { args: ["i32", "buffer", "usize"], returns: "i32" },
  close: closeRows.number,
  // ssize_t readlink(const char *path, char *buf, size_t bufsiz)
  readlink: { args: ["buffer", "buffer", "usize"], returns: "i32" },
  // int *__errno_location(void)
  __errno_location: { args: [], returns: "pointer" },
  memcpy: memcpyRows.fromPointer,
  // int __xpg_strerror_r(int errnum, char *buf, size_t buflen)
  __xpg_strerror_r: { args: ["i32", "buffer", "usize"], returns: "i32" },
} as const satisfies SymbolTable;

/** Looking at descriptors themselves. */
export const pollSymbols = { poll: pollRows.view } as const satisfies SymbolTable;

/** Calls that a doorbell's thread blocks in, with addresses, which no garbage collector moves. */
export const blockingSymbols = {
  epoll_wait: coreSymbols.epoll_wait,
  poll: pollRows.address,
} as const satisfies SymbolTable;

/** Memory from C's heap. */
export const memorySymbols = {
  // void *malloc(size_t size)
  malloc: { args: ["usize"], returns: "usize" },
  // void free(void *ptr)
  free: { args: ["usize"], returns: "void" },
  memcpy: memcpyRows.toAddress,
} as const satisfies SymbolTable;

/** Finding the address of a view. */
export const addressSymbols = { memcpy: memcpyRows.locate } as const satisfies SymbolTable;

/** io_uring's setup, which C libraries have no function for, and reading from its rings. */
export const uringSetupSymbols = {
  // SYS_io_uring_setup, unsigned entries, struct io_uring_params *p
  syscall: syscallRows.numberAndView,
  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
  mmap: { args: ["usize", "usize", "i32", "i32", "i32", "usize"], returns: "usize" },
  // int munmap(void *addr, size_t length)
  munmap: { args: ["usize", "usize"], returns: "i32" },
  memcpy: memcpyRows.fromAddress,
} as const satisfies SymbolTable;

/** A submission to io_uring, and writing to its rings. */
export const uringEnterSymbols = {
  // SYS_io_uring_enter, int fd, unsigned to_submit, unsigned min_complete, unsigned flags,
  // const sigset_t *sig, size_t sigsz
  syscall: syscallRows.sixNumbers,
  memcpy: memcpyRows.toAddress,
} as const satisfies SymbolTable;

/** Setting up AIO, which C libraries have no function for, and reading from its ring. */
export const aioSetupSymbols = {
  // SYS_io_setup, unsigned nr_events, aio_context_t *ctx_idp
  syscall: syscallRows.numberAndView,
  memcpy: memcpyRows.fromAddress,
} as const satisfies SymbolTable;

/** Submitting to AIO and cancelling, and writing to its ring. */
export const aioSymbols = {
  // SYS_io_submit, aio_context_t ctx_id, long nr, struct iocb **iocbpp
  // SYS_io_cancel, aio_context_t ctx_id, struct iocb *iocb, struct io_event *result
  syscall: syscallRows.fourNumbers,
  memcpy: memcpyRows.toAddress,
} as const satisfies SymbolTable;

/** Threads and their ends, which old C libraries have no functions for. */
export const threadSymbols = {
  // SYS_gettid, or SYS_pidfd_open, pid_t pid, unsigned int flags
  syscall: syscallRows.twoNumbers,
} as const satisfies SymbolTable;

/** The state of a child, and signals to a pidfd, for which old C libraries have no function. */
export const processSymbols = {
  // int waitid(idtype_t idtype, id_t id, siginfo_t *infop, int options)
  waitid: { args: ["i32", "i32", "buffer", "i32"], returns: "i32" },
  // int kill(pid_t pid, int sig)
  kill: { args: ["i32", "i32"], returns: "i32" },
  // SYS_pidfd_send_signal, int pidfd, int sig, siginfo_t *info, unsigned int flags
  syscall: syscallRows.fourNumbers,
} as const satisfies SymbolTable;

/** Starting a process. Each of them returns an errno. */
export const spawnSymbols = {
  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *file_actions,
  //                 const posix_spawnattr_t *attrp, char *const argv[], char *const envp[])
  posix_spawn: {
    args: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    returns: "i32",
  },
  // int posix_spawnattr_init(posix_spawnattr_t *attr)
  posix_spawnattr_init: { args: ["buffer"], returns: "i32" },
  // int posix_spawnattr_destroy(posix_spawnattr_t *attr)
  posix_spawnattr_destroy: { args: ["buffer"], returns: "i32" },
  // int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags)
  posix_spawnattr_setflags: { args: ["buffer", "i32"], returns: "i32" },
  // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attr, const sigset_t *sigdefault)
  posix_spawnattr_setsigdefault: { args: ["buffer", "buffer"], returns: "i32" },
  // int posix_spawnattr_setsigmask(posix_spawnattr_t *attr, const sigset_t *sigmask)
  posix_spawnattr_setsigmask: { args: ["buffer", "buffer"], returns: "i32" },
  // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *file_actions)
  posix_spawn_file_actions_init: { args: ["buffer"], returns: "i32" },
  // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *file_actions)
  posix_spawn_file_actions_destroy: { args: ["buffer"], returns: "i32" },
  // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *file_actions, int fildes,
  //                                      const char *path, int oflag, mode_t mode)
  posix_spawn_file_actions_addopen: {
    args: ["buffer", "i32", "buffer", "i32", "u32"],
    returns: "i32",
  },
  // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *file_actions, int fildes,
  //                                      int newfildes)
  posix_spawn_file_actions_adddup2: { args: ["buffer", "i32", "i32"], returns: "i32" },
  // int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *file_actions, int fildes)
  posix_spawn_file_actions_addclose: { args: ["buffer", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

/** Starting a process in another directory. Since glibc 2.29. */
export const spawnDirectorySymbols = {
  // int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *file_actions,
  //                                          const char *path)
  posix_spawn_file_actions_addchdir_np: { args: ["buffer", "buffer"], returns: "i32" },
} as const satisfies SymbolTable;

/** Closing all other descriptors in a new process. Since glibc 2.34; musl has none. */
export const spawnCloseSymbols = {
  // int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *file_actions,
  //                                              int from)
  posix_spawn_file_actions_addclosefrom_np: { args: ["buffer", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

/** Whether a file exists. */
export const accessSymbols = {
  // int access(const char *path, int mode)
  access: { args: ["buffer", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

/** Thread-specific values, and sharing their keys. In the C library itself since glibc 2.34. */
export const keySymbols = {
  // void *dlsym(void *handle, const char *symbol)
  dlsym: { args: ["usize", "buffer"], returns: "usize" },
  // int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
  pthread_key_create: { args: ["buffer", "usize"], returns: "i32" },
  // int pthread_key_delete(pthread_key_t key)
  pthread_key_delete: { args: ["u32"], returns: "i32" },
  // int pthread_setspecific(pthread_key_t key, const void *value)
  pthread_setspecific: { args: ["usize", "usize"], returns: "i32" },
  // void *pthread_getspecific(pthread_key_t key)
  pthread_getspecific: { args: ["u32"], returns: "usize" },
  // char *bindtextdomain(const char *domainname, const char *dirname)
  bindtextdomain: { args: ["buffer", "buffer"], returns: "usize" },
  // char *strncpy(char *dst, const char *src, size_t dsize)
  strncpy: { args: ["buffer", "usize", "usize"], returns: "void" },
  open: openRow,
  flock: flockRow,
  close: closeRows.address,
} as const satisfies SymbolTable;

/** The limit of descriptors. */
export const limitSymbols = {
  // long sysconf(int name)
  sysconf: { args: ["i32"], returns: "i32" },
} as const satisfies SymbolTable;

/** A mark on an open file. */
export const ownerSymbols = { fcntl: fcntlRows.view } as const satisfies SymbolTable;

/** Keeping a standard descriptor's number taken. */
export const standardSymbols = {
  // int dup3(int oldfd, int newfd, int flags)
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

/** Positions and sizes of files. A negative offset is passed as its two's complement. */
export const fileSymbols = {
  // ssize_t pread(int fd, void *buf, size_t count, off_t offset)
  pread: { args: ["i32", "buffer", "usize", "usize"], returns: "i32" },
  // ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset)
  pwrite: { args: ["i32", "buffer", "usize", "usize"], returns: "i32" },
  // off_t lseek(int fd, off_t offset, int whence)
  lseek: { args: ["i32", "usize", "i32"], returns: "usize" },
  // int ftruncate(int fd, off_t length)
  ftruncate: { args: ["i32", "usize"], returns: "i32" },
  // int fsync(int fd)
  fsync: { args: ["i32"], returns: "i32" },
  // int mkfifo(const char *pathname, mode_t mode)
  mkfifo: { args: ["buffer", "u32"], returns: "i32" },
} as const satisfies SymbolTable;

/** Files without a path. Missing before glibc 2.27. */
export const memfdSymbols = {
  // int memfd_create(const char *name, unsigned int flags)
  memfd_create: { args: ["buffer", "u32"], returns: "i32" },
} as const satisfies SymbolTable;

/** Used by `src/os`, beyond {@linkcode coreSymbols}. */
export const osSymbols = {
  // int pipe2(int pipefd[2], int flags)
  pipe2: { args: ["buffer", "i32"], returns: "i32" },
  // int posix_openpt(int flags)
  posix_openpt: { args: ["i32"], returns: "i32" },
  // int unlockpt(int fd)
  unlockpt: { args: ["i32"], returns: "i32" },
  // int ptsname_r(int fd, char *buf, size_t buflen)
  ptsname_r: { args: ["i32", "buffer", "usize"], returns: "i32" },
  open: openRow,
  // int timerfd_create(int clockid, int flags)
  timerfd_create: { args: ["i32", "i32"], returns: "i32" },
  // int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
  timerfd_settime: { args: ["i32", "i32", "buffer", "buffer"], returns: "i32" },
  // int timerfd_gettime(int fd, struct itimerspec *curr)
  timerfd_gettime: { args: ["i32", "buffer"], returns: "i32" },
  // int inotify_init1(int flags)
  inotify_init1: { args: ["i32"], returns: "i32" },
  // int inotify_add_watch(int fd, const char *pathname, uint32_t mask)
  inotify_add_watch: { args: ["i32", "buffer", "u32"], returns: "i32" },
  // int inotify_rm_watch(int fd, int wd)
  inotify_rm_watch: { args: ["i32", "i32"], returns: "i32" },
  // int socket(int domain, int type, int protocol)
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  // int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  bind: { args: ["i32", "buffer", "u32"], returns: "i32" },
  // int listen(int sockfd, int backlog)
  listen: { args: ["i32", "i32"], returns: "i32" },
  // int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen)
  setsockopt: { args: ["i32", "i32", "i32", "buffer", "u32"], returns: "i32" },
  // int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)
  getsockname: { args: ["i32", "buffer", "buffer"], returns: "i32" },
  // int inet_pton(int af, const char *src, void *dst)
  inet_pton: { args: ["i32", "buffer", "buffer"], returns: "i32" },
  // int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)
  getpeername: { args: ["i32", "buffer", "buffer"], returns: "i32" },
  // int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  connect: { args: ["i32", "buffer", "u32"], returns: "i32" },
  // const char *inet_ntop(int af, const void *src, char *dst, socklen_t size)
  inet_ntop: { args: ["i32", "buffer", "buffer", "u32"], returns: "usize" },
  // unsigned int if_nametoindex(const char *ifname)
  if_nametoindex: { args: ["buffer"], returns: "u32" },
  // ssize_t sendmsg(int sockfd, const struct msghdr *msg, int flags)
  sendmsg: { args: ["i32", "buffer", "i32"], returns: "i32" },
  // ssize_t recvmsg(int sockfd, struct msghdr *msg, int flags)
  recvmsg: { args: ["i32", "buffer", "i32"], returns: "i32" },
  // ssize_t readv(int fd, const struct iovec *iov, int iovcnt)
  readv: { args: ["i32", "buffer", "i32"], returns: "i32" },
  // ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
  writev: { args: ["i32", "buffer", "i32"], returns: "i32" },
  ioctl: ioctlRows.view,
  flock: flockRow,
  // int shutdown(int sockfd, int how)
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  accept4: acceptRows.views,
} as const satisfies SymbolTable;

/** The ioctls that take a number. */
export const ioctlNumberSymbols = { ioctl: ioctlRows.number } as const satisfies SymbolTable;

/** The kind of file behind a descriptor. */
export const fileTypeSymbols = {
  // SYS_fstat, unsigned int fd, struct stat *statbuf. C libraries have fstat() since glibc 2.33.
  syscall: syscallRows.numberAndView,
  // int isatty(int fd)
  isatty: { args: ["i32"], returns: "i32" },
  ioctl: ioctlRows.view,
} as const satisfies SymbolTable;

/** Sockets with a connection. */
export const streamSocketSymbols = {
  // ssize_t recv(int sockfd, void *buf, size_t len, int flags)
  recv: { args: ["i32", "buffer", "usize", "i32"], returns: "i32" },
  // ssize_t send(int sockfd, const void *buf, size_t len, int flags)
  send: { args: ["i32", "buffer", "usize", "i32"], returns: "i32" },
  // int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)
  getsockopt: { args: ["i32", "i32", "i32", "buffer", "buffer"], returns: "i32" },
  accept4: acceptRows.addresses,
} as const satisfies SymbolTable;

/** libuv's handle for descriptors, in Node, whose executable exports it. */
export const uvSymbols = {
  // size_t uv_handle_size(uv_handle_type type)
  uv_handle_size: { args: ["i32"], returns: "usize" },
  // int uv_backend_fd(const uv_loop_t *loop)
  uv_backend_fd: { args: ["usize"], returns: "i32" },
  // int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd)
  uv_poll_init: { args: ["usize", "usize", "i32"], returns: "i32" },
  // int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb cb)
  uv_poll_start: { args: ["usize", "i32", "usize"], returns: "i32" },
  // int uv_poll_stop(uv_poll_t *handle)
  uv_poll_stop: { args: ["usize"], returns: "i32" },
  // void uv_close(uv_handle_t *handle, uv_close_cb close_cb)
  uv_close: { args: ["usize", "usize"], returns: "void" },
  // void uv_ref(uv_handle_t *handle)
  uv_ref: { args: ["usize"], returns: "void" },
  // void uv_unref(uv_handle_t *handle)
  uv_unref: { args: ["usize"], returns: "void" },
} as const satisfies SymbolTable;

/**
 * V8's `v8::Isolate::GetCurrent` and `v8::MicrotasksScope::PerformCheckpoint`, under the names that
 * C++ compilers give them. Node's executable exports them for addons.
 */
export const v8Symbols = {
  // void *_ZN2v87Isolate10GetCurrentEv(void)
  _ZN2v87Isolate10GetCurrentEv: { args: [], returns: "usize" },
  // void _ZN2v815MicrotasksScope17PerformCheckpointEPNS_7IsolateE(void *isolate)
  _ZN2v815MicrotasksScope17PerformCheckpointEPNS_7IsolateE: { args: ["usize"], returns: "void" },
} as const satisfies SymbolTable;
