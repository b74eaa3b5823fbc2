/** Constants for files: open(2) and flock(2). All are the same on x86-64 and arm64. */

export { LOCK_EX, LOCK_UN, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";

/** Open for reading only. */
export const O_RDONLY = 0;
/** Open for writing only. */
export const O_WRONLY = 1;
/** Open for reading and writing. */
export const O_RDWR = 2;
/** Create the file if it isn't there. */
export const O_CREAT = 0o100;
/** Fail if the file is there. */
export const O_EXCL = 0o200;
/** Don't make a terminal the controlling one. */
export const O_NOCTTY = 0o400;
/** Empty the file. */
export const O_TRUNC = 0o1000;
/** Write at the end. */
export const O_APPEND = 0o2000;

/** Operation for {@linkcode flock}: a shared lock. */
export const LOCK_SH = 1;
/** Flag for {@linkcode flock}: return `false` instead of waiting for the lock. */
export const LOCK_NB = 4;
