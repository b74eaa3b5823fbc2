/** errno(3), for the faults that tests cause. */

export const ENOMEM = 12;
export const EINVAL = 22;
export const EMFILE = 24;
export const ENOSPC = 28;
