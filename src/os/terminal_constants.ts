/** Constants for terminals: ioctl_tty(2) and termios(3). All are the same on x86-64 and arm64. */

export { TIOCGPTN } from "../ffi/constants.ts";

/** Wait until all output is sent, with an argument of 1; with 0, send a break. */
export const TCSBRK = 0x5409;
/** Suspend or restart output or input: {@linkcode TCOOFF} and the others. */
export const TCXONC = 0x540a;
/** Discard queues, as {@linkcode tcflush} does. */
export const TCFLSH = 0x540b;
/** Send a break of the given tenths of a second. */
export const TCSBRKP = 0x5425;
/** Refuse further opens of the terminal, except by root. */
export const TIOCEXCL = 0x540c;
/** Allow further opens of the terminal. */
export const TIOCNXCL = 0x540d;
/** Make the terminal the controlling one. */
export const TIOCSCTTY = 0x540e;
/** Give up the controlling terminal. */
export const TIOCNOTTY = 0x5422;
/** Return the foreground process group, an `int`. */
export const TIOCGPGRP = 0x540f;
/** Set the foreground process group, an `int`. */
export const TIOCSPGRP = 0x5410;
/** Return the session, an `int`. */
export const TIOCGSID = 0x5429;
/** Return the number of bytes in the output queue, an `int`. */
export const TIOCOUTQ = 0x5411;
/** Return the number of bytes in the input queue, an `int`. */
export const TIOCINQ = 0x541b;
/** The same as {@linkcode TIOCINQ}, for pipes and sockets as well. */
export const FIONREAD = 0x541b;
/** Return the size of the window: rows, columns, and pixels in both directions, each 16 bits. */
export const TIOCGWINSZ = 0x5413;
/** Set the size of the window. */
export const TIOCSWINSZ = 0x5414;
/** Return the modem lines: `TIOCM_*` in an `int`. */
export const TIOCMGET = 0x5415;
/** Turn on the lines whose bits are set in an `int`. */
export const TIOCMBIS = 0x5416;
/** Turn off the lines whose bits are set in an `int`. */
export const TIOCMBIC = 0x5417;
/** Set all lines to those in an `int`. */
export const TIOCMSET = 0x5418;
/** Block until one of the lines in the argument changes. */
export const TIOCMIWAIT = 0x545c;
/** Return the counts of line changes and errors, a `struct serial_icounter_struct` of 80 bytes. */
export const TIOCGICOUNT = 0x545d;
/** Return the settings of a serial port, a `struct serial_struct` of 72 bytes. */
export const TIOCGSERIAL = 0x541e;
/** Set the settings of a serial port. */
export const TIOCSSERIAL = 0x541f;
/** Return the settings of RS-485, a `struct serial_rs485` of 32 bytes. */
export const TIOCGRS485 = 0x542e;
/** Set the settings of RS-485. */
export const TIOCSRS485 = 0x542f;
/** Begin a break. */
export const TIOCSBRK = 0x5427;
/** End a break. */
export const TIOCCBRK = 0x5428;
/** Set the packet mode of a pseudo-terminal, an `int`. */
export const TIOCPKT = 0x5420;
/** Lock or unlock the terminal of a pseudo-terminal, an `int`. */
export const TIOCSPTLCK = 0x4004_5431;
/** Open the terminal of a pseudo-terminal, with the flags of {@linkcode open} as the argument. */
export const TIOCGPTPEER = 0x5441;
/** Return a `struct termios2`, as {@linkcode tcgetattr} does. */
export const TCGETS2 = 0x802c_542a;
/** Set a `struct termios2` at once. */
export const TCSETS2 = 0x402c_542b;
/** Set a `struct termios2` once all output is sent. */
export const TCSETSW2 = 0x402c_542c;
/** Set a `struct termios2` once all output is sent, and discard the input. */
export const TCSETSF2 = 0x402c_542d;

/** Return the state of a serial port's transmitter: {@linkcode TIOCSER_TEMT} in an `int`. */
export const TIOCSERGETLSR = 0x5459;
/** The transmitter's own buffer is empty. */
export const TIOCSER_TEMT = 0x01;

/** Line: line enable. */
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

/** Argument of {@linkcode TCXONC}: suspend output. */
export const TCOOFF = 0;
/** Argument of {@linkcode TCXONC}: restart output. */
export const TCOON = 1;
/** Argument of {@linkcode TCXONC}: send a STOP character. */
export const TCIOFF = 2;
/** Argument of {@linkcode TCXONC}: send a START character. */
export const TCION = 3;

/** For {@linkcode tcsetattr}: change the settings at once. */
export const TCSANOW = 0;
/** For {@linkcode tcsetattr}: change the settings once all output is sent. */
export const TCSADRAIN = 1;
/** For {@linkcode tcsetattr}: as {@linkcode TCSADRAIN}, and discard the input. */
export const TCSAFLUSH = 2;

/** For {@linkcode tcflush}: discard the input that was not read. */
export const TCIFLUSH = 0;
/** For {@linkcode tcflush}: discard the output that was not sent. */
export const TCOFLUSH = 1;
/** For {@linkcode tcflush}: discard both. */
export const TCIOFLUSH = 2;

/** Input: ignore breaks. */
export const IGNBRK = 0o1;
/** Input: send SIGINT on a break. */
export const BRKINT = 0o2;
/** Input: ignore bytes with framing or parity errors. */
export const IGNPAR = 0o4;
/** Input: mark bytes with framing or parity errors. */
export const PARMRK = 0o10;
/** Input: check the parity. */
export const INPCK = 0o20;
/** Input: strip the eighth bit. */
export const ISTRIP = 0o40;
/** Input: translate a newline to a carriage return. */
export const INLCR = 0o100;
/** Input: ignore carriage returns. */
export const IGNCR = 0o200;
/** Input: translate a carriage return to a newline. */
export const ICRNL = 0o400;
/** Input: let STOP and START control the output. */
export const IXON = 0o2000;
/** Input: let any character restart the output. */
export const IXANY = 0o4000;
/** Input: send STOP and START to control the input. */
export const IXOFF = 0o10000;
/** Input: ring the bell when the queue is full. */
export const IMAXBEL = 0o20000;
/** Input: it is UTF-8, so that erasing removes whole characters. */
export const IUTF8 = 0o40000;

/** Output: enable processing; without it, the other output flags do nothing. */
export const OPOST = 0o1;
/** Output: translate a newline to a carriage return and a newline. */
export const ONLCR = 0o4;
/** Output: translate a carriage return to a newline. */
export const OCRNL = 0o10;
/** Output: omit carriage returns in column 0. */
export const ONOCR = 0o20;
/** Output: a newline also returns to column 0. */
export const ONLRET = 0o40;

/** Control: the bits for the size of a byte. */
export const CSIZE = 0o60;
/** Control: bytes of 5 bits. */
export const CS5 = 0o0;
/** Control: bytes of 6 bits. */
export const CS6 = 0o20;
/** Control: bytes of 7 bits. */
export const CS7 = 0o40;
/** Control: bytes of 8 bits. */
export const CS8 = 0o60;
/** Control: two stop bits. */
export const CSTOPB = 0o100;
/** Control: enable the receiver. */
export const CREAD = 0o200;
/** Control: enable parity. */
export const PARENB = 0o400;
/** Control: odd parity; with {@linkcode CMSPAR}, mark parity. */
export const PARODD = 0o1000;
/** Control: hang up the modem at the last close. */
export const HUPCL = 0o2000;
/** Control: ignore the modem lines. */
export const CLOCAL = 0o4000;
/** Control: constant parity, mark or space. */
export const CMSPAR = 0o10000000000;
/** Control: hardware flow control with RTS and CTS. */
export const CRTSCTS = 0o20000000000;

/** Local: generate signals for INTR, QUIT and SUSP. */
export const ISIG = 0o1;
/** Local: collect input in lines, which can be edited. */
export const ICANON = 0o2;
/** Local: echo input. */
export const ECHO = 0o10;
/** Local: ERASE erases the character on the screen. */
export const ECHOE = 0o20;
/** Local: echo a newline after the KILL character. */
export const ECHOK = 0o40;
/** Local: echo newlines even without {@linkcode ECHO}. */
export const ECHONL = 0o100;
/** Local: keep the queues when a signal is generated. */
export const NOFLSH = 0o200;
/** Local: stop background processes that write, with SIGTTOU. */
export const TOSTOP = 0o400;
/** Local: echo control characters as `^X`. */
export const ECHOCTL = 0o1000;
/** Local: KILL erases the line on the screen. */
export const ECHOKE = 0o4000;
/** Local: enable extended input processing. */
export const IEXTEN = 0o100000;

/** Character: INTR, which sends SIGINT. */
export const VINTR = 0;
/** Character: QUIT, which sends SIGQUIT. */
export const VQUIT = 1;
/** Character: ERASE, which erases the last character. */
export const VERASE = 2;
/** Character: KILL, which erases the line. */
export const VKILL = 3;
/** Character: EOF, which ends the input. */
export const VEOF = 4;
/** Value: the timeout of a read, in tenths of a second. */
export const VTIME = 5;
/** Value: the minimum number of bytes of a read. */
export const VMIN = 6;
/** Character: START, which restarts the output. */
export const VSTART = 8;
/** Character: STOP, which suspends the output. */
export const VSTOP = 9;
/** Character: SUSP, which sends SIGTSTP. */
export const VSUSP = 10;
/** Character: an additional end of a line. */
export const VEOL = 11;
/** Character: REPRINT, which shows the line again. */
export const VREPRINT = 12;
/** Index of the character that discards output. The kernel ignores it. */
export const VDISCARD = 13;
/** Character: WERASE, which erases a word. */
export const VWERASE = 14;
/** Character: LNEXT, which quotes the next character. */
export const VLNEXT = 15;
/** Character: another additional end of a line. */
export const VEOL2 = 16;
