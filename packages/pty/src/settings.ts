/** The initial settings of a terminal, which are those of `node-pty`. termios(3) */

import * as os from "@fdready/fdready/os";
import type { IPixelSize } from "./types.ts";

const { VDISCARD, VEOF, VEOL, VEOL2, VERASE, VINTR, VKILL, VLNEXT, VMIN, VQUIT, VREPRINT } = os;
const { VSTART, VSTOP, VSUSP, VTIME, VWERASE } = os;

/** The control characters by their index. 255 switches one off. */
const controlCharacters: readonly (readonly [index: number, character: number])[] = [
  [VINTR, 0x03],
  [VQUIT, 0x1c],
  [VERASE, 0x7f],
  [VKILL, 0x15],
  [VEOF, 0x04],
  [VTIME, 0],
  [VMIN, 1],
  [VSTART, 0x11],
  [VSTOP, 0x13],
  [VSUSP, 0x1a],
  [VEOL, 0xff],
  [VREPRINT, 0x12],
  [VDISCARD, 0x0f],
  [VWERASE, 0x17],
  [VLNEXT, 0x16],
  [VEOL2, 0xff],
];

const speed = 38400;

/** Sets a new terminal up for a program. */
export function configureTerminal(fd: number, isUtf8: boolean): void {
  const { line, cc } = os.tcgetattr(fd);
  const characters = cc.slice();
  for (const [index, character] of controlCharacters) characters[index] = character;
  os.tcsetattr(fd, {
    iflag: os.ICRNL | os.IXON | os.IXANY | os.IMAXBEL | os.BRKINT | (isUtf8 ? os.IUTF8 : 0),
    oflag: os.OPOST | os.ONLCR,
    cflag: os.CREAD | os.CS8 | os.HUPCL,
    lflag: os.ICANON | os.ISIG | os.IEXTEN | os.ECHO | os.ECHOE | os.ECHOK | os.ECHOKE | os.ECHOCTL,
    line,
    cc: characters,
    ispeed: speed,
    ospeed: speed,
  });
}

/** Sets the size of a terminal. Its foreground programs get `SIGWINCH`. */
export function setSize(fd: number, cols: number, rows: number, pixels?: IPixelSize): void {
  const columns = withoutFraction(cols);
  const pixelSize = pixels ? { pixelWidth: pixels.width, pixelHeight: pixels.height } : {};
  os.setWindowSize(fd, { columns, rows: withoutFraction(rows), ...pixelSize });
}

/** Other types stay as they are, for the error. */
function withoutFraction(value: number): number {
  return typeof value === "number" ? Math.trunc(value) : value;
}
