/** The pending operation in one direction of a stream: when it may begin, and how it waits. */

import { EIO } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { BusyResourceError, createFdClosingError } from "../manager/errors.ts";
import { checkWaitOptions, type WaitOptions } from "../manager/options.ts";
import { now } from "../runtime/globals.ts";
import { pauseAfter, sleep, untilAborted } from "./pause.ts";
import type { StreamFile } from "./stream_file.ts";
import { untilNextTurn } from "./next_turn.ts";
import { OperationBudget } from "./operation_budget.ts";

/** The options of one operation. Each operation has a separate object, unless it has no options. */
export class OperationOptions implements WaitOptions {
  readonly signal: AbortSignal | undefined;
  readonly ref: boolean | undefined;
  /** Whether to wait while other code uses the descriptor, rather than reject. */
  readonly isPatient: boolean;

  constructor(signal?: AbortSignal, ref?: boolean, isPatient = false) {
    this.signal = signal;
    this.ref = ref;
    this.isPatient = isPatient;
  }
}

const noOptions = new OperationOptions();

/** Reads `options` once, before anything else: their getters may run any code, such as a close. */
export function snapshot(options: WaitOptions | undefined): OperationOptions {
  if (options === undefined) return noOptions;
  if (options instanceof OperationOptions) return options;
  const { signal, ref } = checkWaitOptions(options);
  return new OperationOptions(signal, ref);
}

/** The options of a web stream's operation: an error would break the web stream for good. */
export function patientOptions(signal?: AbortSignal): OperationOptions {
  return new OperationOptions(signal, undefined, true);
}

/** A wait that lasts this long, in ms, is not part of a series of waits in vain. */
const longWait = 10;

/** Keeps one operation at a time in a direction of a stream. */
export class OperationSlot {
  readonly budget = new OperationBudget();
  /** Whether an operation has ever begun. */
  wasUsed = false;
  /** Whether the file's end has been read, or the direction has been shut down. */
  hasEnded = false;
  readonly #file: StreamFile;
  readonly #name: "read" | "write";
  #pending: OperationOptions | undefined;
  /** Announced closings of the descriptor when the pending operation began. */
  #closings = 0;
  #becomesFree: PromiseWithResolvers<void> | undefined;

  constructor(file: StreamFile, name: "read" | "write") {
    this.#file = file;
    this.#name = name;
  }

  /** Whether an operation is pending. One whose signal has aborted doesn't count. */
  isBusy(): boolean {
    return this.#pending !== undefined && this.#pending.signal?.aborted !== true;
  }

  /** Resolves once no operation is pending, though another one may begin right then. */
  async untilFree(signal?: AbortSignal): Promise<void> {
    const { closings } = this.#file;
    while (this.isBusy()) {
      signal?.throwIfAborted();
      this.#becomesFree ??= Promise.withResolvers();
      await untilAborted(signal, this.#becomesFree.promise);
      this.#throwIfClosing(closings);
    }
  }

  /** Begins an operation, or throws why it can't begin. */
  begin(options: OperationOptions): void {
    this.#file.throwIfClosed();
    options.signal?.throwIfAborted();
    if (this.isBusy()) throw this.#busyError();
    this.#pending = options;
    this.#closings = this.#file.closings;
    this.wasUsed = true;
  }

  /** Ends the operation with `options`. Another one may be pending by now. */
  end(options: OperationOptions): void {
    if (this.#pending !== options) return;
    this.#pending = undefined;
    if (this.#becomesFree === undefined) return;
    this.#becomesFree.resolve();
    this.#becomesFree = undefined;
  }

  /** Waits for the descriptor. {@linkcode OperationSlot.resume} comes next. */
  wait(options: OperationOptions): Promise<void> {
    return options.isPatient ? this.#waitPatiently(options) : this.#wait(options);
  }

  /** Continues an operation after a wait, unless it was ended in the meantime. */
  resume(options: OperationOptions): void {
    this.throwIfEnded(options);
    this.budget.reset();
  }

  /** Throws if the pending operation has been aborted, or its descriptor is being closed. */
  throwIfEnded(options: WaitOptions): void {
    options.signal?.throwIfAborted();
    this.#throwIfClosing(this.#closings);
  }

  /**
   * Attempts again until it succeeds. Call it if an attempt after a wait still would block. Neither
   * uses a core nor waits forever for a file whose other end has hung up.
   */
  async retry<T>(attempt: () => T | undefined, options: OperationOptions): Promise<T> {
    const file = this.#file;
    for (let waits = 1;; waits++) {
      if (file.hasHungUp()) {
        const result = attempt();
        if (result !== undefined) return result;
        if (file.hasHungUp()) throw this.#hangUpError();
      }
      const milliseconds = pauseAfter(waits);
      // A program that runs its manager may block the event loop, and with it the timer.
      if (milliseconds > 0 && file.manager.statistics().driver !== "manual") {
        await this.#pause(milliseconds, options);
      }
      const began = now();
      await this.wait(options);
      this.resume(options);
      const result = attempt();
      if (result !== undefined) return result;
      if (now() - began > longWait) waits = 0;
    }
  }

  /** Yields to the event loop, which a descriptor that is always ready would block. */
  async yield(options: OperationOptions): Promise<void> {
    await untilNextTurn();
    this.throwIfEnded(options);
    this.budget.restart();
  }

  #wait({ signal, ref }: WaitOptions): Promise<void> {
    const { manager, waitFd } = this.#file;
    // A wait without options is faster.
    const options = signal === undefined && ref === undefined ? undefined : { signal, ref };
    return this.#name === "read"
      ? manager.waitReadable(waitFd, options)
      : manager.waitWritable(waitFd, options);
  }

  /** As {@linkcode OperationSlot.wait}, but waits for other code that waits for the descriptor. */
  async #waitPatiently({ signal, ref }: WaitOptions): Promise<void> {
    for (let milliseconds = 1;; milliseconds = Math.min(2 * milliseconds, 64)) {
      try {
        return await this.#wait({ signal, ref });
      } catch (error) {
        if (!(error instanceof BusyResourceError)) throw error;
      }
      await this.#pause(milliseconds, { signal, ref });
    }
  }

  async #pause(milliseconds: number, options: WaitOptions): Promise<void> {
    const { manager, waitFd, closingListeners } = this.#file;
    // A watch without interest notices that the number refers to another file.
    const watch = manager.watch(waitFd, {}, () => {});
    try {
      await sleep(milliseconds, options, closingListeners);
      this.throwIfEnded(options);
      watch.interest({});
    } finally {
      watch.close();
    }
  }

  /** Throws if the program has announced to close the descriptor more than `closings` times. */
  #throwIfClosing(closings: number): void {
    if (this.#file.closings === closings) return;
    this.#file.throwIfClosed();
    throw createFdClosingError(this.#file.fd);
  }

  #hangUpError(): Error {
    const hint = `The other end has hung up, and the ${this.#name} would block forever`;
    return systemError(EIO, this.#name, { fd: this.#file.fd, hint });
  }

  #busyError(): BusyResourceError {
    const { fd } = this.#file;
    const web = this.#name === "read" ? "readable.getReader()" : "writable.getWriter()";
    return new BusyResourceError(
      `Another ${this.#name} of fd ${fd} is pending. Await it first, or share one ${web} among tasks`,
    );
  }
}
