/** Flags for {@linkcode open}, from open(2), as x86-64 and arm64 have them. */

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
/** Don't block; {@linkcode open} always sets it. */
export const O_NONBLOCK = 0o4000;
/** Close on exec; {@linkcode open} always sets it. */
export const O_CLOEXEC = 0o2000000;
