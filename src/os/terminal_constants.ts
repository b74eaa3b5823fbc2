/** Constants for terminals: ioctl_tty(2) and termios(3). All are the same on x86-64 and arm64. */

export { TIOCGPTN } from "../ffi/constants.ts";

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

/** When {@linkcode tcsetattr} changes it: at once. */
export const TCSANOW = 0;
/** When {@linkcode tcsetattr} changes it: once all output is sent. */
export const TCSADRAIN = 1;
/** When {@linkcode tcsetattr} changes it: once all output is sent; input is discarded. */
export const TCSAFLUSH = 2;

/** What {@linkcode tcflush} discards: input that isn't read. */
export const TCIFLUSH = 0;
/** What {@linkcode tcflush} discards: output that isn't sent. */
export const TCOFLUSH = 1;
/** What {@linkcode tcflush} discards: both. */
export const TCIOFLUSH = 2;

/** Input: ignore breaks. */
export const IGNBRK = 0o1;
/** Input: a break is a signal. */
export const BRKINT = 0o2;
/** Input: drop bytes with errors. */
export const IGNPAR = 0o4;
/** Input: mark bytes with errors. */
export const PARMRK = 0o10;
/** Input: check parity. */
export const INPCK = 0o20;
/** Input: drop the eighth bit. */
export const ISTRIP = 0o40;
/** Input: a newline becomes a carriage return. */
export const INLCR = 0o100;
/** Input: drop carriage returns. */
export const IGNCR = 0o200;
/** Input: a carriage return becomes a newline. */
export const ICRNL = 0o400;
/** Input: STOP and START control output. */
export const IXON = 0o2000;
/** Input: any character starts output again. */
export const IXANY = 0o4000;
/** Input: STOP and START are sent to control it. */
export const IXOFF = 0o10000;
/** Input: ring the bell if there is too much of it. */
export const IMAXBEL = 0o20000;
/** Input: it is UTF-8, for erasing characters. */
export const IUTF8 = 0o40000;

/** Output: process it; without this, the others do nothing. */
export const OPOST = 0o1;
/** Output: a newline becomes a carriage return and a newline. */
export const ONLCR = 0o4;
/** Output: a carriage return becomes a newline. */
export const OCRNL = 0o10;
/** Output: no carriage return in column 0. */
export const ONOCR = 0o20;
/** Output: a newline returns the carriage as well. */
export const ONLRET = 0o40;

/** Control: the bits of the size of a byte. */
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
/** Control: receive. */
export const CREAD = 0o200;
/** Control: parity. */
export const PARENB = 0o400;
/** Control: odd parity; with {@linkcode CMSPAR}, mark. */
export const PARODD = 0o1000;
/** Control: hang up at the last close. */
export const HUPCL = 0o2000;
/** Control: ignore the modem's lines. */
export const CLOCAL = 0o4000;
/** Control: parity that is always the same. */
export const CMSPAR = 0o10000000000;
/** Control: RTS and CTS control the flow. */
export const CRTSCTS = 0o20000000000;

/** Local: characters that are signals. */
export const ISIG = 0o1;
/** Local: input by lines, which can be edited. */
export const ICANON = 0o2;
/** Local: echo input. */
export const ECHO = 0o10;
/** Local: erasing erases on the screen. */
export const ECHOE = 0o20;
/** Local: killing a line shows. */
export const ECHOK = 0o40;
/** Local: echo newlines, even if nothing else. */
export const ECHONL = 0o100;
/** Local: signals don't discard input and output. */
export const NOFLSH = 0o200;
/** Local: stop background processes that write. */
export const TOSTOP = 0o400;
/** Local: echo control characters as `^X`. */
export const ECHOCTL = 0o1000;
/** Local: killing a line erases it. */
export const ECHOKE = 0o4000;
/** Local: the characters of later standards. */
export const IEXTEN = 0o100000;

/** Character: interrupts. */
export const VINTR = 0;
/** Character: quits. */
export const VQUIT = 1;
/** Character: erases a character. */
export const VERASE = 2;
/** Character: kills a line. */
export const VKILL = 3;
/** Character: ends the file. */
export const VEOF = 4;
/** Not a character: tenths of a second that a read waits. */
export const VTIME = 5;
/** Not a character: bytes that a read waits for. */
export const VMIN = 6;
/** Character: starts output. */
export const VSTART = 8;
/** Character: stops output. */
export const VSTOP = 9;
/** Character: suspends. */
export const VSUSP = 10;
/** Character: ends a line, besides a newline. */
export const VEOL = 11;
/** Character: shows the line again. */
export const VREPRINT = 12;
/** Character: erases a word. */
export const VWERASE = 14;
/** Character: takes the next one as it is. */
export const VLNEXT = 15;
/** Character: another that ends a line. */
export const VEOL2 = 16;
