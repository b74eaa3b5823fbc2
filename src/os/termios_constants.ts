/** Flags and characters of a {@linkcode Termios}, from termios(3), as x86-64 and arm64 have them. */

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
