/**
 * Opening a terminal, and starting a program in it. Nothing is left open or running after a
 * failure.
 */

import { close, openpty } from "@fdready/fdready/os";
import { Child } from "./child.ts";
import {
  checkOptions,
  defaultSize,
  readCommand,
  readEncoding,
  readSurroundings,
} from "./options.ts";
import { startProgram } from "./program.ts";
import { PtyEnd } from "./pty_end.ts";
import { configureTerminal, setSize } from "./settings.ts";
import type { IPtyForkOptions, IPtyOpenOptions } from "./types.ts";

/** A terminal with both ends open. */
export interface OpenPty {
  /** The end that this program uses. */
  readonly controller: PtyEnd;
  /** The descriptor of the end that programs use. */
  readonly terminal: number;
  /** The terminal's path. */
  readonly name: string;
}

/** A program in a terminal. */
export interface StartedProgram extends Omit<OpenPty, "terminal"> {
  /** The process. */
  readonly child: Child;
  /** The program's name, as it was given. */
  readonly file: string;
}

/** Opens a terminal, and sets its size. */
export function openTerminal({ cols, rows }: IPtyOpenOptions): OpenPty {
  const { controller, terminal, name } = openpty();
  try {
    setSize(controller, cols || defaultSize.cols, rows || defaultSize.rows);
    return { controller: new PtyEnd(controller), terminal, name };
  } catch (error) {
    close(controller);
    close(terminal);
    throw error;
  }
}

/** Starts a program in a new terminal. */
export function startInTerminal(
  file: string | undefined,
  args: readonly string[] | string | undefined,
  options: IPtyForkOptions,
): StartedProgram {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const command = readCommand(file, args);
  const surroundings = readSurroundings(options);
  const { controller, terminal, name } = openTerminal(options);
  try {
    configureTerminal(terminal, readEncoding(options) === "utf8");
    const started = startProgram({ ...command, ...surroundings, terminal });
    return { controller, name, child: new Child(started), file: command.file };
  } catch (error) {
    controller.close();
    throw error;
  } finally {
    // As long as it is open here, the controller doesn't end when the program does.
    close(terminal);
  }
}
