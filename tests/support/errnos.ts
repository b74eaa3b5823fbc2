/** Error numbers for injected faults, as in errno(3). */

export { EINTR, EINVAL, ENOSPC, ENOSYS, EPERM } from "../../src/ffi/constants.ts";

export const EAGAIN = 11;
export const EIO = 5;
export const ENOMEM = 12;
export const EACCES = 13;
export const ENFILE = 23;
export const EMFILE = 24;
export const ENOTSOCK = 88;
export const EOPNOTSUPP = 95;
export const ENOTCONN = 107;
export const ETOOMANYREFS = 109;
