/** Making the C library fail. */

import { libc } from "../../src/ffi/libc.ts";

type CoreCall =
  | "epoll_create1"
  | "epoll_ctl"
  | "epoll_wait"
  | "eventfd"
  | "fcntl"
  | "read"
  | "write";

/**
 * Lets calls of `name` fail with `errno` for as long as it isn't disposed of: all of them, or those
 * that `when` chooses by their arguments.
 */
export function failing(
  name: CoreCall,
  errno: number,
  when: (...args: unknown[]) => boolean = () => true,
): Disposable & { readonly count: number } {
  const functions = libc();
  const real = functions[name] as (...args: unknown[]) => number;
  const realMemcpy = functions.memcpy;
  let failed = false;
  let count = 0;
  const fake = (...args: unknown[]): number => {
    if (!when(...args)) return real(...args);
    failed = true;
    count++;
    return -1;
  };
  Object.assign(functions, {
    [name]: fake,
    // errno() copies C's errno out by memcpy.
    memcpy: (to: Int32Array, from: never, length: bigint): void => {
      if (failed) to[0] = errno;
      else realMemcpy(to, from, length);
      failed = false;
    },
  });
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]() {
      Object.assign(functions, { [name]: real, memcpy: realMemcpy });
    },
  };
}
