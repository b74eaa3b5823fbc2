/**
 * A mark on an open file, which all its descriptors share: the number of a thread, which the kernel
 * forgets when the thread has ended. To fcntl(2) it is the owner, to which signals would go if the file
 * were told to send any, by `O_ASYNC`.
 */

import { F_GETOWN_EX, F_OWNER_TID, F_SETOWN_EX } from "./constants.ts";
import { bindSymbols, checked } from "./libc.ts";
import { ownerSymbols } from "./symbols.ts";

/** Marks the open file behind `fd` as `thread`'s. */
export function markFile(fd: number, thread: number): void {
  checked(
    bindSymbols(ownerSymbols).fcntl(fd, F_SETOWN_EX, new Int32Array([F_OWNER_TID, thread])),
    "fcntl",
    fd,
  );
}

/** Whether the open file behind `fd` has the mark of `thread`, which still runs. */
export function isMarkedBy(fd: number, thread: number): boolean {
  // struct f_owner_ex of { int type; pid_t pid }
  const owner = new Int32Array(2);
  const result = bindSymbols(ownerSymbols).fcntl(fd, F_GETOWN_EX, owner);
  return result === 0 && owner[0] === F_OWNER_TID && owner[1] === thread;
}
