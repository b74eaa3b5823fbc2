/** close(2) of a number that a program has given. */

import { EINTR } from "./constants.ts";
import { errno, libc, systemError } from "./libc.ts";
import { disown } from "./owned_fd.ts";

/** Closes `fd`; an object of ours that owns it gives it up. */
export function closeDescriptor(fd: number): void {
  disown(fd);
  if (libc().close(fd) !== -1) return;
  const number = errno();
  if (number !== EINTR) throw systemError(number, "close", fd);
}
