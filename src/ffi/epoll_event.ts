/**
 * Where the fields of `struct epoll_event` lie, in 32-bit words.
 *
 * The kernel packs the struct on x86-64, so that 32-bit programs share its layout, and on no other
 * architecture (`EPOLL_PACKED` in linux/eventpoll.h): 12 bytes with `data` at 4 there, 16 bytes
 * with `data` at 8 elsewhere. `data` is opaque to the kernel, so which of its two words comes first
 * on a big-endian machine makes no difference: we write them and we read them.
 */
export interface EpollEventLayout {
  /** Words from one event to the next. */
  readonly stride: number;
  /** The word of `data` that holds the fd. */
  readonly fd: number;
  /** The word of `data` that holds the generation. */
  readonly generation: number;
}

const packed: EpollEventLayout = { stride: 3, fd: 1, generation: 2 };
const aligned: EpollEventLayout = { stride: 4, fd: 2, generation: 3 };

/** The layout on `arch`, as `process.arch` names it. */
export function epollEventLayout(arch: string): EpollEventLayout {
  return arch === "x64" ? packed : aligned;
}
