/** Signals by name and number, from asm-generic/signal.h, which x86-64 and arm64 share. */

import { inspectLine } from "../ffi/checks.ts";

const names = `
  - SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE
  SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ
  SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS
`.trim().split(/\s+/);

/** Second names. */
const aliases: Readonly<Record<string, number>> = { SIGIOT: 6, SIGPOLL: 29 };

/** The highest number of a signal. */
export const lastSignal = 64;

/** The name of a signal, such as `"SIGKILL"` for 9. A real-time signal is `SIG` and its number. */
export function signalName(signal: number): string {
  return names[signal] ?? `SIG${signal}`;
}

/**
 * The number of the signal `name`, as {@linkcode signalName} returns it; throws a `TypeError` for
 * others.
 */
export function signalNumber(name: string): number {
  const number = Object.hasOwn(aliases, name) ? aliases[name]! : names.indexOf(name, 1);
  if (number !== -1) return number;
  const realTime = Number(/^SIG(\d\d)$/.exec(name)?.[1]);
  if (realTime >= names.length && realTime <= lastSignal) return realTime;
  throw new TypeError(
    `Unknown signal: ${inspectLine(name)}. Use a name such as "SIGTERM", or a number`,
  );
}
