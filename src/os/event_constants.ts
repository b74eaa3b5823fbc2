/** Masks for {@linkcode inotifyAddWatch} and what an {@linkcode InotifyEvent} has, from inotify(7). */

/** It was read. */
export const IN_ACCESS = 0x0000_0001;
/** It was written or truncated. */
export const IN_MODIFY = 0x0000_0002;
/** Its metadata changed. */
export const IN_ATTRIB = 0x0000_0004;
/** It was closed, having been open for writing. */
export const IN_CLOSE_WRITE = 0x0000_0008;
/** It was closed, having been open for reading only. */
export const IN_CLOSE_NOWRITE = 0x0000_0010;
/** It was opened. */
export const IN_OPEN = 0x0000_0020;
/** It was moved out of the folder. */
export const IN_MOVED_FROM = 0x0000_0040;
/** It was moved into the folder. */
export const IN_MOVED_TO = 0x0000_0080;
/** It was created in the folder. */
export const IN_CREATE = 0x0000_0100;
/** It was deleted from the folder. */
export const IN_DELETE = 0x0000_0200;
/** What is watched was itself deleted. */
export const IN_DELETE_SELF = 0x0000_0400;
/** What is watched was itself moved. */
export const IN_MOVE_SELF = 0x0000_0800;
/** All of the above. */
export const IN_ALL_EVENTS = 0x0000_0fff;
/** In an event: its file system was unmounted. */
export const IN_UNMOUNT = 0x0000_2000;
/** In an event: the kernel's queue overflowed, and events are missing. */
export const IN_Q_OVERFLOW = 0x0000_4000;
/** In an event: the watch is gone. */
export const IN_IGNORED = 0x0000_8000;
/** In a mask: watch only if it is a folder. */
export const IN_ONLYDIR = 0x0100_0000;
/** In a mask: don't follow a symbolic link. */
export const IN_DONT_FOLLOW = 0x0200_0000;
/** In a mask: no events for files that are no longer in the folder. */
export const IN_EXCL_UNLINK = 0x0400_0000;
/** In a mask: add to the mask of a watch that is there. */
export const IN_MASK_ADD = 0x2000_0000;
/** In an event: it is about a folder. */
export const IN_ISDIR = 0x4000_0000;
/** In a mask: one event only. */
export const IN_ONESHOT = 0x8000_0000;
