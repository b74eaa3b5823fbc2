/** Types that programs share with npm's `node-pty`. */

/** An object that can be disposed of. */
export interface IDisposable {
  /** Removes the listener. */
  dispose(): void;
}

/** Adds a listener. The result removes it again. */
export interface IEvent<T> {
  (listener: (event: T) => unknown): IDisposable;
}

/** A listener for any event of a stream. */
// deno-lint-ignore no-explicit-any -- as in Node's types
export type Listener = (...args: any[]) => void;

/** How a program ended. */
export interface IExitEvent {
  /** Its exit code; 0 if a signal ended it, -1 if other code has waited for it. */
  readonly exitCode: number;
  /** The number of the signal that ended it; 0 if none. */
  readonly signal: number;
}

/** Options of a new terminal. */
export interface IPtyOpenOptions {
  /** The number of columns. The default is 80. */
  cols?: number | undefined;
  /** The number of rows. The default is 24. */
  rows?: number | undefined;
  /** The encoding of data events. `null` makes them Buffers. The default is `"utf8"`. */
  encoding?: string | null | undefined;
}

/** Options of a program in a terminal. */
export interface IBasePtyForkOptions extends IPtyOpenOptions {
  /**
   * The terminal's type, as the variable TERM. The default is the environment's, otherwise
   * `"xterm"`.
   */
  name?: string | undefined;
  /** The directory that the program starts in. The default is the current one. */
  cwd?: string | undefined;
  /** The environment. The default is the current one, without the variables of tmux and screen. */
  env?: { [name: string]: string | undefined } | undefined;
  /** Whether `write` treats two messages as pause and resume. The default is `false`. */
  handleFlowControl?: boolean | undefined;
  /** The message that pauses. The default is XOFF, `"\x13"`. */
  flowControlPause?: string | undefined;
  /** The message that resumes. The default is XON, `"\x11"`. */
  flowControlResume?: string | undefined;
}

/** Options of {@linkcode spawn}. */
export interface IPtyForkOptions extends IBasePtyForkOptions {
  /** Not supported. Start a program such as `setpriv` instead. */
  uid?: number | undefined;
  /** Not supported. Start a program such as `setpriv` instead. */
  gid?: number | undefined;
  /**
   * Ends the program: its terminal hangs up, and the program is killed if it still runs one second
   * later. Not an option of `node-pty`.
   */
  signal?: AbortSignal | undefined;
}

/** Options of other systems, which are ignored. */
export interface IWindowsPtyForkOptions extends IBasePtyForkOptions {
  /** Ignored. */
  useConpty?: boolean | undefined;
  /** Ignored. */
  useConptyDll?: boolean | undefined;
  /** Ignored. */
  conptyInheritCursor?: boolean | undefined;
}

/** The size of a terminal's window in pixels. */
export interface IPixelSize {
  /** The width. */
  readonly width: number;
  /** The height. */
  readonly height: number;
}
