/** Looking at a descriptor itself, past what an epoll instance has been told of it. */

import { checked, openMore } from "./libc.ts";
import { type Functions, pollSymbols } from "./symbols.ts";

let functions: Functions<typeof pollSymbols> | undefined;

/** Whether any of `events`, an error or a hang-up holds for `fd` now. */
export function isReady(fd: number, events: number): boolean {
  functions ??= openMore(pollSymbols);
  // struct pollfd: { int fd; short events, revents }.
  return checked(functions.poll(new Int32Array([fd, events]), 1n, 0), "poll", fd) > 0;
}
