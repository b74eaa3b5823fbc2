/**
 * The owner of an open file, in the sense of fcntl(2): who is sent a signal when there is something to
 * read, if the file is told to send any, by `O_ASYNC`. Else it is no more than a mark, which all
 * descriptors of the file share, and which the kernel forgets when the owner has ended.
 */

import { F_GETOWN_EX, F_OWNER_TID, F_SETOWN_EX } from "./constants.ts";
import { bindSymbols, checked } from "./libc.ts";
import { ownerSymbols } from "./symbols.ts";

/** Makes `thread` the owner of the open file behind `fd`. */
export function setFileOwner(fd: number, thread: number): void {
  checked(
    bindSymbols(ownerSymbols).fcntl(fd, F_SETOWN_EX, new Int32Array([F_OWNER_TID, thread])),
    "fcntl",
    fd,
  );
}

/** Whether `thread`, which still runs, is the owner of the open file behind `fd`. */
export function isFileOwner(fd: number, thread: number): boolean {
  // struct f_owner_ex of { int type; pid_t pid }
  const owner = new Int32Array(2);
  const result = bindSymbols(ownerSymbols).fcntl(fd, F_GETOWN_EX, owner);
  return result === 0 && owner[0] === F_OWNER_TID && owner[1] === thread;
}
