/** Makes functions of the C library fail. */

import { libc } from "../../src/ffi/libc.ts";

type CoreCall =
  | "epoll_create1"
  | "epoll_ctl"
  | "epoll_wait"
  | "eventfd"
  | "fcntl"
  | "read"
  | "write";

/** A fault. Disposing of it ends it. */
export interface Fault extends Disposable {
  /** The number of calls that have failed so far. */
  readonly count: number;
}

/**
 * Makes calls of `name` fail with `errno`. `when` selects calls by their arguments. The default is
 * all calls.
 */
export function failing(
  name: CoreCall,
  errno: number,
  when?: (...args: unknown[]) => boolean,
): Fault {
  return failingIn(libc(), name, errno, -1, when);
}

/** Makes calls of `name` in `functions` return `result` and set `errno`, unless that is 0. */
export function failingIn<T extends object>(
  functions: T,
  name: keyof T,
  errno: number,
  result: unknown,
  when: (...args: unknown[]) => boolean = () => true,
): Fault {
  const core = libc();
  const real = functions[name];
  const { memcpy } = core;
  let failed = false;
  let count = 0;
  const fake = (...args: unknown[]): unknown => {
    if (!when(...args)) return (real as (...args: unknown[]) => unknown)(...args);
    failed = errno !== 0;
    count++;
    return result;
  };
  Object.assign(functions, { [name]: fake });
  // lastErrno() copies errno from C memory with memcpy.
  core.memcpy = (to, from, length) => {
    if (failed) (to as Int32Array)[0] = errno;
    else memcpy(to, from, length);
    failed = false;
  };
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]() {
      Object.assign(functions, { [name]: real });
      core.memcpy = memcpy;
    },
  };
}
