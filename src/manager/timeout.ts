/** Times as the kernel and the runtimes' timers take them. */

/** The longest one, in ms: about 25 days. */
const longest = 0x7fff_ffff;

/** `timeout` in whole ms, rounded up. */
export function wholeMilliseconds(timeout: number): number {
  // Deno's FFI refuses -0.
  return Math.min(Math.ceil(timeout) + 0, longest);
}
