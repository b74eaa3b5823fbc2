// A program that waits once for a later event, with the package as users install it.

import { waitReadable } from "@fdready/fdready";
import { pipe, write } from "@fdready/fdready/os";

const [from, to] = pipe();
setTimeout(() => write(to, new Uint8Array(1)), 0);
await waitReadable(from);
