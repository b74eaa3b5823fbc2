/** Requests for {@linkcode ioctl}, from ioctl_tty(2), as x86-64 and arm64 have them. */

/** Waits until all output is sent, with an argument of 1; with 0, sends a break. */
export const TCSBRK = 0x5409;
/** Stops or starts output or input: {@linkcode TCOOFF} and the others. */
export const TCXONC = 0x540a;
/** Does what {@linkcode tcflush} does. */
export const TCFLSH = 0x540b;
/** Sends a break, of as many tenths of a second as the argument says. */
export const TCSBRKP = 0x5425;
/** Lets nobody else open the terminal. */
export const TIOCEXCL = 0x540c;
/** Lets others open the terminal again. */
export const TIOCNXCL = 0x540d;
/** Makes it the controlling terminal. */
export const TIOCSCTTY = 0x540e;
/** Gives up the controlling terminal. */
export const TIOCNOTTY = 0x5422;
/** Gets the foreground process group, an `int`. */
export const TIOCGPGRP = 0x540f;
/** Sets the foreground process group, an `int`. */
export const TIOCSPGRP = 0x5410;
/** Gets the session, an `int`. */
export const TIOCGSID = 0x5429;
/** Gets how many bytes are not sent yet, an `int`. */
export const TIOCOUTQ = 0x5411;
/** Gets how many bytes can be read, an `int`. */
export const TIOCINQ = 0x541b;
/** The same as {@linkcode TIOCINQ}, for pipes and sockets as well. */
export const FIONREAD = 0x541b;
/** Gets the size of the window: rows, columns, and pixels in both directions, each 16 bits. */
export const TIOCGWINSZ = 0x5413;
/** Sets the size of the window. */
export const TIOCSWINSZ = 0x5414;
/** Gets the modem's lines: `TIOCM_*` in an `int`. */
export const TIOCMGET = 0x5415;
/** Turns on the lines whose bits are set in an `int`. */
export const TIOCMBIS = 0x5416;
/** Turns off the lines whose bits are set in an `int`. */
export const TIOCMBIC = 0x5417;
/** Sets all lines to those in an `int`. */
export const TIOCMSET = 0x5418;
/** Blocks until one of the lines in the argument changes. */
export const TIOCMIWAIT = 0x545c;
/** Gets how often lines changed, a `struct serial_icounter_struct` of 80 bytes. */
export const TIOCGICOUNT = 0x545d;
/** Gets a serial port's settings, a `struct serial_struct` of 72 bytes. */
export const TIOCGSERIAL = 0x541e;
/** Sets a serial port's settings. */
export const TIOCSSERIAL = 0x541f;
/** Gets RS-485's settings, a `struct serial_rs485` of 32 bytes. */
export const TIOCGRS485 = 0x542e;
/** Sets RS-485's settings. */
export const TIOCSRS485 = 0x542f;
/** Begins a break. */
export const TIOCSBRK = 0x5427;
/** Ends a break. */
export const TIOCCBRK = 0x5428;
/** Sets a pseudo-terminal's packet mode, an `int`. */
export const TIOCPKT = 0x5420;
/** Gets a pseudo-terminal's number, an `int`. */
export const TIOCGPTN = 0x8004_5430;
/** Locks a pseudo-terminal's other end, an `int`. */
export const TIOCSPTLCK = 0x4004_5431;
/** Opens a pseudo-terminal's other end, with the flags of {@linkcode open} as the argument. */
export const TIOCGPTPEER = 0x5441;
/** Gets a `struct termios2`; {@linkcode tcgetattr} does that. */
export const TCGETS2 = 0x802c_542a;
/** Sets a `struct termios2` at once. */
export const TCSETS2 = 0x402c_542b;
/** Sets a `struct termios2` once all output is sent. */
export const TCSETSW2 = 0x402c_542c;
/** Sets a `struct termios2` once all output is sent, and discards the input. */
export const TCSETSF2 = 0x402c_542d;

/** Line: data set ready, as the modem's own. */
export const TIOCM_LE = 0x001;
/** Line: data terminal ready. */
export const TIOCM_DTR = 0x002;
/** Line: request to send. */
export const TIOCM_RTS = 0x004;
/** Line: clear to send. */
export const TIOCM_CTS = 0x020;
/** Line: carrier detect. */
export const TIOCM_CAR = 0x040;
/** Line: ring. */
export const TIOCM_RNG = 0x080;
/** Line: data set ready. */
export const TIOCM_DSR = 0x100;

/** Of {@linkcode TCXONC}: stop output. */
export const TCOOFF = 0;
/** Of {@linkcode TCXONC}: start output again. */
export const TCOON = 1;
/** Of {@linkcode TCXONC}: send a STOP character. */
export const TCIOFF = 2;
/** Of {@linkcode TCXONC}: send a START character. */
export const TCION = 3;
