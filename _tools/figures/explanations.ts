/** Explanations of missed limits. */

import type { Reasons } from "./limit_table.ts";

const spinning =
  "between two polls fdready lets the event loop have its turn, which takes some µs, while C does nothing " +
  "but poll. To poll more often from microtasks made a round trip longer, not shorter (26 µs, not 17).";

const idle =
  "io_uring interrupts the runtime's own epoll_wait before its byte arrives, and the manager then asks its own " +
  "instance: two system calls more, and one more way through JavaScript that has been out of use for " +
  "1 ms. IORING_SETUP_COOP_TASKRUN and SINGLE_ISSUER gained nothing that could be told from noise.";

const overhead =
  "the system calls are the same as in C. Each takes about 70 ns longer through the FFI, and each wait needs a " +
  "promise and some turns of the microtask queue.";

const manyPipes =
  "each event touches an async function that has been asleep for 9,900 others, its promise and its closures, " +
  "which have left the processor's cache by then. Most of this memory is the runtime's: 625 of about 700 bytes in Deno.";

const beside =
  "arming a descriptor that is ready rings the doorbell, which stays armed. The kernel does the work for that " +
  "within the same system call.";

/** A hand-written sentence for each limit. It isn't shown while the limit is met. */
export const reasons: Reasons = {
  "echo apart: fdready, Deno, uring ÷ C that polls for 50 µs": spinning,
  "echo apart: fdready, Bun, uring ÷ C that polls for 50 µs": spinning,
  "echo idle: fdready, Deno, uring ÷ Deno's own socket": idle,
  "echo idle: fdready, Bun, uring ÷ Bun's own socket": idle,
  "ping-pong: fdready, Deno, uring ÷ C": overhead,
  "ping-pong: fdready, Bun, uring ÷ C": overhead,
  "pipes, n = 100: fdready, Deno, uring ÷ C": overhead,
  "pipes, n = 100: fdready, Bun, uring ÷ C": overhead,
  "pipes, n = 9900: fdready, Deno, uring ÷ C": manyPipes,
  "pipes, n = 9900: fdready, Bun, uring ÷ C": manyPipes,
  "a wait for what is ready: fdready, Deno, uring, beside an idle wait ÷ alone": beside,
  "a wait for what is ready: fdready, Bun, uring, beside an idle wait ÷ alone": beside,
  "memory: heap, fdready, Deno, uring":
    "625 bytes are the promise, the closures and the async function that awaits it, which any wait costs.",
  "start: Bun":
    "Bun takes about 0.2 ms for each of the 61 files. A bundle of them, as `bun build` makes it, starts in 15 ms.",
};
