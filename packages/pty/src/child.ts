/** A child process, from its start to its end. */

import { ClosedResourceError, SystemError, waitReadable } from "@fdready/fdready";
import { close, sendSignal, type SpawnedProcess, waitPidfd } from "@fdready/fdready/os";
import { constants } from "node:os";
import type { IExitEvent } from "./types.ts";

/** The result for a child that other code has waited for. */
const unknownExit: IExitEvent = { exitCode: -1, signal: 0 };

/** A running child. Its pidfd makes sure that a signal never reaches another process. */
export class Child {
  /** The number of the process. */
  readonly pid: number;
  /** Resolves when the child has ended, and has been removed from the process table. */
  readonly exited: Promise<IExitEvent>;
  #pidfd: number;

  /** Waits for the child. */
  constructor({ pid, pidfd }: SpawnedProcess) {
    this.pid = pid;
    this.#pidfd = pidfd;
    this.exited = this.#wait();
  }

  /** Sends a signal. Returns `false` if the child has ended. */
  kill(signal: string | number): boolean {
    // The signal is checked in any case.
    return this.#pidfd === -1 ? false : sendSignal(this.#pidfd, signal);
  }

  async #wait(): Promise<IExitEvent> {
    const fd = this.#pidfd;
    try {
      await waitReadable(fd);
    } catch (error) {
      // This program ends first. Nothing will be known of the child any more.
      if (error instanceof ClosedResourceError) return await new Promise(() => {});
      throw error;
    }
    try {
      return describeExit(fd);
    } finally {
      this.#pidfd = -1;
      close(fd);
    }
  }
}

function describeExit(pidfd: number): IExitEvent {
  try {
    const { code, signal } = waitPidfd(pidfd)!;
    return { exitCode: code ?? 0, signal: signal === null ? 0 : signalNumber(signal) };
  } catch (error) {
    if (error instanceof SystemError && error.code === "ECHILD") return unknownExit;
    throw error;
  }
}

/** The number of a signal. Real-time signals have it in their name. */
function signalNumber(name: string): number {
  const known: Readonly<Record<string, number | undefined>> = constants.signals;
  return known[name] ?? Number(name.slice("SIG".length));
}
