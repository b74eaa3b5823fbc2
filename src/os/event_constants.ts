/**
 * Constants for events: inotify(7), poll(2), eventfd(2) and timerfd_create(2). All are the same on
 * x86-64 and arm64.
 */

export { POLLIN, POLLOUT } from "../ffi/constants.ts";

/** Event: the file was read. */
export const IN_ACCESS = 0x0000_0001;
/** Event: the file was written or truncated. */
export const IN_MODIFY = 0x0000_0002;
/** Event: attributes changed, such as the permissions. */
export const IN_ATTRIB = 0x0000_0004;
/** Event: a file that was open for writing was closed. */
export const IN_CLOSE_WRITE = 0x0000_0008;
/** Event: a file or directory that was open for reading only was closed. */
export const IN_CLOSE_NOWRITE = 0x0000_0010;
/** Event: the file or directory was opened. */
export const IN_OPEN = 0x0000_0020;
/** Event: a file was moved out of the watched directory. */
export const IN_MOVED_FROM = 0x0000_0040;
/** Event: a file was moved into the watched directory. */
export const IN_MOVED_TO = 0x0000_0080;
/** Event: a file was created in the watched directory. */
export const IN_CREATE = 0x0000_0100;
/** Event: a file was deleted from the watched directory. */
export const IN_DELETE = 0x0000_0200;
/** Event: the watched file or directory itself was deleted. */
export const IN_DELETE_SELF = 0x0000_0400;
/** Event: the watched file or directory itself was moved. */
export const IN_MOVE_SELF = 0x0000_0800;
/** All of the above. */
export const IN_ALL_EVENTS = 0x0000_0fff;
/** Event, reported unasked: the file system with the watched file was unmounted. */
export const IN_UNMOUNT = 0x0000_2000;
/** Event, reported unasked: the kernel's queue overflowed, and events are missing. */
export const IN_Q_OVERFLOW = 0x0000_4000;
/** Event, reported unasked: the watch was removed. */
export const IN_IGNORED = 0x0000_8000;
/** In a mask: fail if the path isn't a directory. */
export const IN_ONLYDIR = 0x0100_0000;
/** In a mask: don't follow a symbolic link. */
export const IN_DONT_FOLLOW = 0x0200_0000;
/** In a mask: no events for files that were unlinked from the directory. */
export const IN_EXCL_UNLINK = 0x0400_0000;
/** In a mask: fail if there is a watch already. */
export const IN_MASK_CREATE = 0x1000_0000;
/** In a mask: add to the mask of an existing watch. */
export const IN_MASK_ADD = 0x2000_0000;
/** In an event: it is about a directory. */
export const IN_ISDIR = 0x4000_0000;
/** In a mask: remove the watch after one event. */
export const IN_ONESHOT = 0x8000_0000;

/** There is exceptional data, such as out-of-band data, or a change of a file in sysfs. */
export const POLLPRI = 0x002;
/** An error is pending. It is reported unasked. */
export const POLLERR = 0x008;
/** The other end was closed. It is reported unasked. */
export const POLLHUP = 0x010;
/** The descriptor isn't open. It is reported unasked. */
export const POLLNVAL = 0x020;
/** The peer has shut down its sending side. */
export const POLLRDHUP = 0x2000;

/** A semaphore: each read of an eventfd returns 1, and subtracts 1 from the count. */
export const EFD_SEMAPHORE = 1;
/** Close on exec. {@linkcode eventfd} always sets it. */
export const EFD_CLOEXEC = 0o2000000;
/** Don't block. {@linkcode eventfd} always sets it. */
export const EFD_NONBLOCK = 0o4000;

/** Clock: the time of day, which can be set. */
export const CLOCK_REALTIME = 0;
/** Clock: the time since boot, without the time that the machine was suspended. */
export const CLOCK_MONOTONIC = 1;
/** Clock: the time since boot, including the time that the machine was suspended. */
export const CLOCK_BOOTTIME = 7;
/** Clock: {@linkcode CLOCK_REALTIME}, but it wakes up a suspended machine. */
export const CLOCK_REALTIME_ALARM = 8;
/** Clock: {@linkcode CLOCK_BOOTTIME}, but it wakes up a suspended machine. */
export const CLOCK_BOOTTIME_ALARM = 9;
