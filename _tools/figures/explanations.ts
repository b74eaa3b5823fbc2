/** Explanations of missed limits. */

import type { Reasons } from "./limit_table.ts";

/** A hand-written explanation for the limits whose text a pattern matches. The first one counts. */
export const reasons: Reasons = [
  [
    /^echo apart: .* ÷ C that polls/,
    "between two polls fdready gives the event loop a turn, which takes some µs, while C does nothing but " +
    "poll. Polling more often from microtasks made a round trip longer.",
  ],
  [
    /^echo idle\b.*, uring ÷/,
    "io_uring interrupts the runtime's own epoll_wait before its byte arrives, and the manager then polls " +
    "its own instance: two extra system calls, and JavaScript that has gone cold after 1 ms. " +
    "IORING_SETUP_COOP_TASKRUN and SINGLE_ISSUER made no measurable difference.",
  ],
  [
    /^echo idle\b/,
    "the doorbell wakes the event loop, and the manager then polls its own instance: an extra system call, " +
    "and JavaScript that has gone cold after 1 ms.",
  ],
  [
    /^echo same: /,
    "on one core polling doesn't help, and a server that sleeps needs some system calls more than C: those " +
    "that arm the doorbell and take its byte, and the runtime's own epoll_wait.",
  ],
  [
    /^(ping-pong|pipes, n = 100): /,
    "the system calls are the same as in C. Each takes longer through the FFI, and each wait needs a promise " +
    "and some turns of the microtask queue.",
  ],
  [
    /^pipes, n = \d+: /,
    "each event touches an async function that has been asleep for all the others, its promise and its " +
    "closures, which have left the processor's cache by then. Most of this memory is the runtime's.",
  ],
  [
    /beside an idle wait ÷ alone$/,
    "arming a ready descriptor rings the doorbell, which stays armed. The kernel does the work for that " +
    "within the same system call.",
  ],
  [
    /^memory: heap/,
    "most of it is the promise, the closures and the async function that awaits it, which any wait costs.",
  ],
  [
    /^start: /,
    "the runtime parses and compiles the module at each start, and one wait needs most of it.",
  ],
  [
    /^the runtime's own tasks: /,
    "a turn of the manager lasts up to half a millisecond, and the work of a listener comes on top of it.",
  ],
];
