/**
 * Constants for descriptors and files: open(2), fcntl(2), inode(7), lseek(2), flock(2) and
 * memfd_create(2). All but those of `src/sys/open_flags.ts` are the same on x86-64 and arm64.
 */

export {
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  LOCK_EX,
  LOCK_UN,
  O_CLOEXEC,
  O_NONBLOCK,
  O_PATH,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFSOCK,
} from "../ffi/constants.ts";
export { O_DIRECT, O_DIRECTORY, O_NOFOLLOW, O_TMPFILE } from "../sys/open_flags.ts";

/** The bits of the flags for the access mode. */
export const O_ACCMODE = 3;
/** Open for reading only. */
export const O_RDONLY = 0;
/** Open for writing only. */
export const O_WRONLY = 1;
/** Open for reading and writing. */
export const O_RDWR = 2;
/** Create the file if it doesn't exist. */
export const O_CREAT = 0o100;
/** Fail if the file exists. */
export const O_EXCL = 0o200;
/** Don't make a terminal the controlling terminal. */
export const O_NOCTTY = 0o400;
/** Truncate the file to a length of 0. */
export const O_TRUNC = 0o1000;
/** Write at the end. */
export const O_APPEND = 0o2000;
/** Complete each write as fdatasync(2) would. */
export const O_DSYNC = 0o10000;
/** Send a signal when data arrives. */
export const O_ASYNC = 0o20000;
/** Don't update the time of the last access. */
export const O_NOATIME = 0o1000000;
/** Complete each write as fsync(2) would. */
export const O_SYNC = 0o4010000;

/** Command: set the process or process group that receives the signals of {@linkcode O_ASYNC}. */
export const F_SETOWN = 8;
/** Command: return the process that receives those signals, or the negated process group. */
export const F_GETOWN = 9;
/** Command: set the signal to send instead of `SIGIO`. */
export const F_SETSIG = 10;
/** Command: return the signal to send instead of `SIGIO`. */
export const F_GETSIG = 11;
/**
 * Command: set or remove a lease: {@linkcode F_RDLCK}, {@linkcode F_WRLCK} or {@linkcode F_UNLCK}.
 */
export const F_SETLEASE = 1024;
/** Command: return the type of the lease. */
export const F_GETLEASE = 1025;
/** Command: report changes in a directory with signals. */
export const F_NOTIFY = 1026;
/** Command: set the capacity of a pipe in bytes. Returns the capacity, which may be larger. */
export const F_SETPIPE_SZ = 1031;
/** Command: return the capacity of a pipe in bytes. */
export const F_GETPIPE_SZ = 1032;
/** Command: add seals, `F_SEAL_*`. */
export const F_ADD_SEALS = 1033;
/** Command: return the seals. */
export const F_GET_SEALS = 1034;
/** Lease: until the file is opened for writing. */
export const F_RDLCK = 0;
/** Lease: until the file is opened. */
export const F_WRLCK = 1;
/** Lease: none. */
export const F_UNLCK = 2;
/** Seal: no more seals can be added. */
export const F_SEAL_SEAL = 0x1;
/** Seal: the file can't become shorter. */
export const F_SEAL_SHRINK = 0x2;
/** Seal: the file can't become longer. */
export const F_SEAL_GROW = 0x4;
/** Seal: the contents can't be modified. */
export const F_SEAL_WRITE = 0x8;
/** Seal: the contents can't be modified, except through existing writable mappings. */
export const F_SEAL_FUTURE_WRITE = 0x10;

/** Type: a regular file. */
export const S_IFREG = 0o100000;
/** Type: a symbolic link. */
export const S_IFLNK = 0o120000;

/** From the start of the file. */
export const SEEK_SET = 0;
/** From the current position. */
export const SEEK_CUR = 1;
/** From the end of the file. */
export const SEEK_END = 2;
/** To the next data, at the offset or after it. */
export const SEEK_DATA = 3;
/** To the next hole, at the offset or after it. */
export const SEEK_HOLE = 4;

/** Operation for {@linkcode flock}: a shared lock. */
export const LOCK_SH = 1;
/** Flag for {@linkcode flock}: return `false` instead of waiting for the lock. */
export const LOCK_NB = 4;

/** Close on exec. {@linkcode memfdCreate} always sets it. */
export const MFD_CLOEXEC = 0x1;
/** Allow seals. Without it, {@linkcode F_SEAL_SEAL} is set. */
export const MFD_ALLOW_SEALING = 0x2;
/** Use huge pages. */
export const MFD_HUGETLB = 0x4;
