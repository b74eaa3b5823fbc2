/** Closing the descriptors of sockets and servers. */

import { closeFd, type FdWatch } from "@fdready/fdready";

/**
 * Ends `watch`, and closes its descriptor. Throws if other code has closed that: the number may
 * refer to another file by now.
 */
export function closeWatched(watch: FdWatch): void {
  const { fd } = watch;
  watch.interest({});
  watch.close();
  closeFd(fd);
}
