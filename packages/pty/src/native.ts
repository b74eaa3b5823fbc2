/** The functions of `node-pty`'s addon, which it exports although they aren't public. */

import { close, openpty } from "@fdready/fdready/os";
import { foregroundName } from "./foreground.ts";
import { setSize } from "./settings.ts";

/** Functions for descriptors, which are the caller's to close. */
export interface NativePty {
  /** Opens a terminal. */
  open(cols: number, rows: number): { master: number; slave: number; pty: string };
  /** Changes the size of a terminal. */
  resize(fd: number, cols: number, rows: number): void;
  /** The name of the program in the foreground. */
  process(fd: number): string | undefined;
}

/** Functions without streams and events. */
export const native: NativePty = {
  open(cols, rows) {
    const { controller: master, terminal: slave, name: pty } = openpty();
    try {
      setSize(master, cols, rows);
    } catch (error) {
      for (const fd of [master, slave]) close(fd);
      throw error;
    }
    return { master, slave, pty };
  },
  resize: setSize,
  process: foregroundName,
};
