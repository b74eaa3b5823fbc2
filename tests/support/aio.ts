/** Whether this system has AIO, see `src/sys/aio.ts`. qemu has none. */

import { Epoll } from "../../src/sys/epoll.ts";
import { tryAio } from "../../src/sys/aio.ts";

/** Whether AIO watches descriptors. */
export function hasAio(): boolean {
  using epoll = new Epoll();
  using aio = tryAio(epoll.fd);
  return aio !== undefined;
}
